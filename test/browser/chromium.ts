import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const ELSEWHERE = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** No sandbox, since tests may run as root in a container; and nothing that would ask the network for anything by itself. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const runs = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
};

async function found(): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE];
  for (const path of places) {
    if (await runs(path)) return path;
  }
  return null;
}

/** Chromium as Debian has it: what the browser tests bring themselves where they may. */
async function installed(): Promise<void> {
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function find(): Promise<string> {
  const { CHROMIUM } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') {
    if (await runs(CHROMIUM)) return CHROMIUM;
    throw new Error(`CHROMIUM says ${CHROMIUM}, and there is no program. Give the path of Chromium or Chrome.`);
  }
  const there = await found();
  if (there !== null) return there;
  const mayInstall = process.getuid?.() === 0 && ((await runs('/usr/bin/apt-get')) || (await runs('/bin/apt-get')));
  if (mayInstall) {
    await installed();
    const now = await found();
    if (now !== null) return now;
  }
  throw new Error(
    'The browser tests need Chromium or Chrome, and none was found. Install it (Debian: sudo apt-get install chromium; ' +
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
