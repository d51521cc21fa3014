import type { Browser, BrowserContext, Page } from 'playwright-core';

// What runs in the page is text: the types of Node are not those of a browser.
const TELL_OF_POLICY = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' forbids ' + event.blockedURI));`;

/** A desk, and a phone in the hand. */
export const DESK = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844 } as const;

export interface LookOptions {
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
  /** Lets the page send commands. */
  readonly token?: string;
  /** Where to begin: `#/trading`. */
  readonly at?: string;
}

export interface LookedAt {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What no page of ours may do: errors in the console, broken policies, requests to anybody else. Empty where all is well. */
  readonly wrong: string[];
  /** What is wrong and was not to be expected. */
  unexpected(expected?: RegExp): readonly string[];
}

/**
 * Opens the page at a server in a browser profile of its own, and keeps account of what must not happen.
 * Whoever opened it closes its context.
 */
export async function lookAt(browser: Browser, url: string, options: LookOptions = {}): Promise<LookedAt> {
  const { theme = 'dark', size = DESK, token, at = '#/overview' } = options;
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const wrong: string[] = [];
  const { origin } = new URL(url);
  const isOurs = (address: string): boolean => new URL(address).origin === origin || address.startsWith('data:');
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => wrong.push(`thrown: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    if (!isOurs(request.url())) wrong.push(`asked elsewhere: ${request.url()}`);
  });
  page.on('websocket', (socket) => wrong.push(`a WebSocket: ${socket.url()}`));
  await page.addInitScript({ content: TELL_OF_POLICY });
  if (token !== undefined) await page.goto(`${url}#token=${token}`);
  await page.goto(`${url}${at}`);
  return {
    page,
    context,
    wrong,
    unexpected: (expected) => (expected === undefined ? wrong : wrong.filter((one) => !expected.test(one))),
  };
}

/** Goes to another address in the page, and waits until it is drawn. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await settled(page);
}

/** The page is drawn: it has its content, and nothing in it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main:not(:has(.bones))').waitFor({ timeout: 30_000 });
}
