import { type Browser, chromium } from 'playwright-core';
import { debianProgram, runs } from '../debian-program.ts';

/** The shell is the same browser without what draws windows: a page that is looked at costs it less than half (`chrome-headless-shell`). */
const CHROMIUM = {
  names: [
    'chromium-headless-shell',
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'chrome',
    'microsoft-edge',
  ],
  elsewhere: [
    '/usr/bin/chromium',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  packageName: 'chromium-headless-shell',
};

/** No sandbox, since tests may run as root in a container; and nothing that would ask the network for anything by itself. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

async function find(): Promise<string> {
  const { CHROMIUM: named } = process.env;
  if (named !== undefined && named !== '') {
    if (await runs(named)) return named;
    throw new Error(`CHROMIUM says ${named}, and there is no program. Give the path of Chromium or Chrome.`);
  }
  const there = await debianProgram(CHROMIUM);
  if (there !== null) return there;
  throw new Error(
    'The browser tests need Chromium or Chrome, and none was found. Install it (Debian: sudo apt-get install chromium-headless-shell; ' +
      'macOS: brew install --cask chromium) or say where it is: CHROMIUM=/path/to/chrome npm test',
  );
}

let path: Promise<string> | null = null;

/**
 * Where Chromium is: `$CHROMIUM`, or one that is found; as root on Debian it is installed where there is none.
 * Rejects with what to install.
 */
export function chromiumPath(): Promise<string> {
  path ??= find();
  return path;
}

/** A browser without a window, with more arguments if need be. Whoever opened it closes it. */
export const openChromium = async (...more: readonly string[]): Promise<Browser> =>
  chromium.launch({ executablePath: await chromiumPath(), args: [...CHROMIUM_ARGS, ...more] });
