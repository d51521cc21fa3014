import { spawn } from 'node:child_process';

const OPENERS: Readonly<Record<string, string>> = { linux: 'xdg-open', darwin: 'open' };

/** Whether there is a person with a screen: no CI, and a display where the system wants one. */
export const hasScreen = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  !environment.CI &&
  (process.platform === 'darwin' || Boolean(environment.DISPLAY) || Boolean(environment.WAYLAND_DISPLAY));

/** Asks the system to show an address in the person's browser. @returns whether there is a program for that that could be started */
export function openInBrowser(address: string): Promise<boolean> {
  const opener = OPENERS[process.platform];
  if (opener === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
