/** The page of somebody's own app, as `createInspector` serves it: whatever its actors, states and events are called. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { createInspector } from '../../src/inspector/index.ts';
import { openChromium } from './chromium.ts';
import { goTo, lookAt, settled } from './looked-at.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

/** An inspector, and its page. @param knows the page is opened by the address with the token */
async function looking(knows: boolean) {
  const inspector = createInspector({ port: 0, allowSend: true, name: '<b>app</b>', log: () => undefined });
  onTestFinished(() => inspector.close());
  const token = new URLSearchParams(new URL(await inspector.ready).hash.slice(1)).get('token') ?? '';
  const open = async () => {
    const looked = await lookAt(browser, inspector.url ?? '', knows ? { token } : {});
    onTestFinished(() => looked.context.close());
    await settled(looked.page);
    return looked;
  };
  return { inspect: inspector.inspect, open };
}

const EVIL = '<img src=x onerror="globalThis.hit=1">"\'&/%2F?#`\u202e';

describe('the page of an app', () => {
  it('shows names and texts as they are, and runs none of them', async () => {
    const { inspect, open } = await looking(true);
    const machine = setup({ types: { context: {} as Record<string, unknown> } }).createMachine({
      id: EVIL,
      description: EVIL,
      context: { [EVIL]: EVIL, nested: [{ html: EVIL, link: 'javascript:globalThis.hit=1' }] },
      initial: EVIL.replaceAll('.', ''),
      states: {
        [EVIL.replaceAll('.', '')]: {
          tags: EVIL,
          description: EVIL,
          on: { [EVIL]: { guard: { type: 'yes', params: { EVIL } }, actions: assign({ [EVIL]: `${EVIL}!` }) } },
        },
      },
    } as never);
    const provided = machine.provide({ guards: { yes: () => true } } as never);
    for (const id of [EVIL, 'plain']) {
      const actor = createActor(provided, { id, systemId: id, inspect }).start();
      actor.send({ type: EVIL, payload: EVIL } as never);
    }
    const { page, unexpected } = await open();
    for (const id of [EVIL, 'plain']) {
      await goTo(page, `#/inspector/${encodeURIComponent(id)}`);
      await page.getByTestId('details').waitFor();
      for (const tab of ['step', 'context', 'changes', 'checks', 'send']) {
        await page.locator(`#details-${tab}`).click();
        await page.locator(`#details-panel`).waitFor();
      }
    }
    expect(await page.locator('main').textContent()).toContain(EVIL);
    expect(await page.evaluate('globalThis.hit')).toBeUndefined();
    expect(unexpected()).toEqual([]);
  });

  it('sends an event by hand, and speaks of an app and not of a bot', async () => {
    const lamp = setup({}).createMachine({
      id: 'lamp',
      initial: 'off',
      states: { off: { on: { FLIP: 'on' } }, on: { on: { FLIP: 'off' } } },
    });
    for (const knows of [true, false]) {
      const { inspect, open } = await looking(knows);
      const actor = createActor(lamp, { inspect }).start();
      const { page, unexpected } = await open();
      await goTo(page, '#/inspector/lamp');
      await page.locator('#details-send').click();
      const panel = page.locator('#details-panel');
      if (knows) {
        await panel.getByRole('button', { name: 'Send to lamp' }).click();
        await expect.poll(() => actor.getSnapshot().value).toBe('on');
      } else await panel.getByTestId('needs-token').waitFor();
      const words = await panel.textContent();
      expect(words).not.toMatch(/\bbot\b|inspector_token|paper|kintsugi/);
      expect(words).toContain(knows ? 'as if another actor had sent it' : '#token=');
      expect(unexpected()).toEqual([]);
    }
  });
});
