/** What the page shows of a real bot is what the bot says of itself, and what is asked for in the page is done. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ActorDetail, IncidentRecord, IncidentStory, MachineView, Moment } from '../../src/inspector/contract.ts';
import { PATIENT } from '../cli/cli.ts';
import { openChromium } from './chromium.ts';
import { litOn, statesIn } from './lit.ts';
import { goTo, type LookOptions, lookAt, settled } from './looked-at.ts';
import { type RealBot, realBot } from './real-bot.ts';

let browser: Browser;
let bot: RealBot;
beforeAll(async () => {
  [browser, bot] = await Promise.all([openChromium(), realBot()]);
  await vi.waitFor(async () => expect((await bot.overview()).status.status).toBe('green'), PATIENT);
});
afterAll(async () => {
  await browser?.close();
  await bot?.stop();
});

async function looking(options: LookOptions = {}) {
  const looked = await lookAt(browser, bot.url, { token: bot.token, ...options });
  onTestFinished(() => looked.context.close());
  await settled(looked.page);
  return looked;
}

const healthShown = (page: Page, component: string): Promise<string | null> =>
  page.getByTestId(`component-${component}`).getAttribute('data-health');
const healthTold = async (component: string): Promise<string | undefined> =>
  (await bot.overview()).components.find(({ id }) => id === component)?.health;
const incidentOf = async (invariant: string): Promise<IncidentRecord | undefined> =>
  (await bot.get<readonly IncidentRecord[]>('/api/incidents?limit=50')).find((one) => one.invariant === invariant);

/** Every component is shown as the bot says that it is. */
const agrees = async (page: Page): Promise<boolean> => {
  const told = (await bot.overview()).components;
  const shown = await Promise.all(told.map(({ id }) => healthShown(page, id)));
  return told.every(({ health }, n) => shown[n] === health);
};

describe('a statechart', () => {
  it.each(['signalBus', 'marketFeed', 'shadowEngine', 'healingOperator', 'tradeExecution'])(
    'of %s is lit where the actor is',
    async (id) => {
      const { page, wrong } = await looking({ at: `#/inspector/${id}` });
      const machines = await bot.get<readonly MachineView[]>('/api/machines');
      await page.getByTestId('chart').getByRole('button', { name: 'Whole' }).click();
      await expect
        .poll(async () => {
          const { machine, value } = await bot.get<ActorDetail>(`/api/actors/${id}`);
          const view = machines.find((one) => one.id === machine);
          if (!view) throw new Error(`no machine ${machine}`);
          const lit = await litOn(page, view.id);
          return { is: statesIn(view, value), lit };
        }, PATIENT)
        .toSatisfy(({ is, lit }) => lit.length > 0 && JSON.stringify(is) === JSON.stringify(lit));
      expect(wrong).toEqual([]);
    },
  );

  it('moves with the events of its actor, and traces the transition that was taken', async () => {
    const { page, wrong } = await looking({ at: '#/inspector/safetyLayer' });
    const chart = page.getByTestId('chart');
    await chart.getByRole('button', { name: 'Whole' }).click();
    const lit = (state: string) => chart.locator(`[data-state$="killSwitch.${state}"].active`);
    await lit('armed').waitFor();
    // Whatever is traced from now on: the next event traces another one.
    await page.evaluate(`{
      globalThis.traced = new Set();
      const look = () => {
        for (const one of document.querySelectorAll('[data-taken].taken')) traced.add(one.getAttribute('data-taken'));
      };
      new MutationObserver(look).observe(document.querySelector('[data-testid=chart]'), { subtree: true, attributes: true, childList: true });
    }`);
    expect((await bot.command({ do: 'pause', reason: 'to see it' })).answer.ok).toBe(true);
    await lit('tripped').waitFor({ timeout: PATIENT.timeout });
    expect(await lit('armed').count()).toBe(0);
    expect((await bot.command({ do: 'resume', reason: 'it was seen' })).answer.ok).toBe(true);
    await lit('armed').waitFor({ timeout: PATIENT.timeout });
    expect(await lit('tripped').count()).toBe(0);
    await expect
      .poll(async () => (await page.evaluate('[...traced]')) as readonly string[], PATIENT)
      .toContainEqual(expect.stringContaining('safetyLayer'));
    expect(wrong).toEqual([]);
  });
});

describe('a fault that is injected by a button of the page', () => {
  it.each([
    ['tear_log', 'signal_bus', 'signal_bus/log-verifies'],
    ['stop_shadow_engine', 'shadow_engine', 'shadow_engine/alive'],
  ])(
    '%s: is shown broken, healing and watched, with its story and the evidence before and after',
    async (fault, component, invariant) => {
      const { page, wrong } = await looking();
      const earlier = await incidentOf(invariant);
      await expect.poll(() => agrees(page), PATIENT).toBe(true);
      // It is healed within milliseconds: the page may hear of that before it has the answer.
      await page.route('**/api/commands', async (route) => {
        const response = await route.fetch();
        await sleep(500);
        await route.fulfill({ response });
      });
      await page.getByTestId(`fault-${fault}`).click();
      const follow = page.getByTestId('follow');
      await follow.and(page.locator('[data-status=healed]')).waitFor({ timeout: PATIENT.timeout });
      expect(await follow.innerText()).toMatch(/Broken, and found[\s\S]*Proven healed/);
      await expect.poll(() => healthShown(page, component), PATIENT).toBe('yellow');
      expect(await healthTold(component)).toBe('yellow');
      await expect.poll(() => agrees(page), PATIENT).toBe(true);
      await expect.poll(() => page.getByTestId('verdict').getAttribute('data-health'), PATIENT).toBe('yellow');

      const incident = await incidentOf(invariant);
      expect(incident?.incident_id).not.toBe(earlier?.incident_id);
      await follow.getByRole('link', { name: 'The whole story' }).click();
      const story = page.getByTestId('story');
      await story.waitFor();
      expect(page.url()).toContain(incident?.incident_id);
      expect(await story.getAttribute('data-status')).toBe('healed');
      const told = await story.innerText();
      expect(told).toContain(incident?.evidence_before.says);
      expect(told).toContain(incident?.evidence_after?.says);
      const { story: chapters } = await bot.get<IncidentStory>(`/api/incidents/${incident?.incident_id}`);
      for (const { title } of chapters) expect(told).toContain(title);
      expect(wrong).toEqual([]);
    },
  );
});

describe('time travel', () => {
  it('shows the moment an incident began: chart, checks and log in step; and comes back', async () => {
    const incident = await incidentOf('signal_bus/log-verifies');
    const opened = Date.parse(incident?.opened_at ?? '');
    const { page, wrong } = await looking({ at: `#/incidents/${incident?.incident_id}` });
    await page.getByRole('link', { name: 'Replay it' }).click();
    const bar = page.getByTestId('timebar');
    const details = page.getByTestId('details');
    await bar.getByText('Replay', { exact: true }).waitFor();
    await page.getByTestId('chart').getByRole('button', { name: 'Whole' }).click();
    const at = async (): Promise<number> => Number(await bar.getByRole('slider').inputValue());
    const momentAt = async (): Promise<Moment> => bot.get<Moment>(`/api/history/moment?at=${Math.round(await at())}`);
    expect(Math.abs((await at()) - opened)).toBeLessThan(2_000);

    // While it was open, the check is broken in the page as it is in the ledger.
    await details.getByText('log-verifies').first().waitFor();
    const then = await momentAt();
    const inLedger = ({ incidents }: Moment): string | undefined =>
      incidents.find(({ incident_id }) => incident_id === incident?.incident_id)?.status;
    expect(inLedger(then)).toBe('open');
    const check = then.invariants.find(({ id }) => id === incident?.invariant);
    expect(check?.holds).toBe(false);
    expect(await details.innerText()).toContain(check?.says);

    // Chart and moment are of the same instant, wherever the cursor is.
    const machines = await bot.get<readonly MachineView[]>('/api/machines');
    const view = machines.find(({ id }) => id === 'signalBus');
    if (!view) throw new Error('no machine signalBus');
    const inStep = async () => {
      const actor = (await momentAt()).actors.find(({ id }) => id === 'signalBus');
      return { was: actor ? statesIn(view, actor.value) : null, lit: await litOn(page, 'signalBus') };
    };
    const same = ({ was, lit }: { was: readonly string[] | null; lit: readonly string[] }): boolean =>
      was !== null && JSON.stringify(was) === JSON.stringify(lit);
    await expect.poll(inStep, PATIENT).toSatisfy(same);
    for (let n = 0; n < 3; n += 1) {
      const before = await at();
      await bar.getByRole('button', { name: 'Step on' }).click();
      await expect.poll(at, PATIENT).toBeGreaterThanOrEqual(before);
    }
    const slider = bar.getByRole('slider');
    await slider.fill(String(Math.ceil(Date.parse(incident?.closed_at ?? '') + 1_000)));
    await expect.poll(inStep, PATIENT).toSatisfy(same);
    await expect.poll(async () => inLedger(await momentAt()), PATIENT).toBe('healed');
    await expect.poll(() => details.innerText(), PATIENT).toContain(incident?.evidence_after?.says);

    await bar.getByRole('button', { name: 'Back to live' }).click();
    await bar.getByText('Live', { exact: true }).waitFor();
    await expect
      .poll(async () => {
        const { value } = await bot.get<ActorDetail>('/api/actors/signalBus');
        return { was: statesIn(view, value), lit: await litOn(page, 'signalBus') };
      }, PATIENT)
      .toSatisfy(same);
    expect(wrong).toEqual([]);
  });
});

/** The ledger as it is on the disk. */
const ledger = (): readonly IncidentRecord[] =>
  readFileSync(join(bot.dir, 'logs/healing.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"incident_id"'))
    .map((line) => JSON.parse(line) as IncidentRecord);

describe('by keyboard alone', () => {
  it('a component is found, its why read, a repair planned, sent, proven and in the ledger, and the dialog closed', async () => {
    const { page, wrong } = await looking();
    const focused = () => page.evaluate('document.activeElement?.outerHTML.slice(0, 200) ?? ""') as Promise<string>;
    /** Tab until something is focused that reads so; every stop on the way shows that it has the focus. */
    const tabTo = async (wanted: RegExp): Promise<void> => {
      for (let stops = 0; stops < 90; stops += 1) {
        const name = (await page.evaluate(
          '(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? "").trim()',
        )) as string;
        const visible = (await page.evaluate(`(() => {
          const one = document.activeElement;
          if (one === null || one === document.body) return true;
          const shows = (it) => {
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(it);
            return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
          };
          // In a table it is the row that shows it.
          return shows(one) || shows(one.closest('tr') ?? one);
        })()`)) as boolean;
        expect(visible, `focus is not to be seen on ${await focused()}`).toBe(true);
        if (wanted.test(name)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never comes to ${wanted}`);
    };
    await page.keyboard.press('Control+k');
    await page.getByTestId('search').waitFor();
    await page.keyboard.type('decision tracker');
    await expect
      .poll(() => page.getByTestId('search').getByRole('option').first().innerText(), PATIENT)
      .toMatch(/decision tracker/i);
    await page.keyboard.press('Enter');
    await page.getByTestId('search').waitFor({ state: 'detached' });
    await page.getByText('Why is Decision tracker').waitFor();
    await tabTo(/^Dry-run repair$/);
    await page.keyboard.press('Enter');
    const dialog = page.getByTestId('remedy-dialog');
    await dialog.waitFor();
    await tabTo(/^For the check/);
    await page.keyboard.press('Home');
    await dialog.locator('select').selectOption('decision_tracker/alive');
    await dialog.getByTestId('plan-RESTART').first().waitFor();
    const { answer } = await bot.command({ do: 'plan', invariant: 'decision_tracker/alive' });
    expect(await dialog.innerText()).toContain(answer.plans?.find(({ remedy }) => remedy === 'RESTART')?.does);
    const { length: before } = ledger();
    await tabTo(/^Send RESTART/);
    await page.keyboard.press('Enter');
    await tabTo(/^Yes, send RESTART$/);
    await page.keyboard.press('Enter');
    await expect
      .poll(
        () =>
          ledger()
            .slice(before)
            .findLast(({ invariant }) => invariant === 'decision_tracker/alive'),
        PATIENT,
      )
      .toMatchObject({
        asked_by: expect.stringContaining('(inspector)'),
        remedies: [{ type: 'RESTART', to: 'decisionTracker', outcome: 'proven' }],
      });
    await dialog.locator('[data-testid=follow]:not([data-status=waiting]):not([data-status=open])').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focused()).toContain('Dry-run repair');
    expect(wrong).toEqual([]);
  });
});

describe('another page in the same browser', () => {
  it('changes nothing in a real bot, and reads nothing of it', async () => {
    const elsewhere: Server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const context = await browser.newContext();
    onTestFinished(async () => {
      await context.close();
      elsewhere.closeAllConnections();
      elsewhere.close();
    });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const outcomes = (await page.evaluate(`(async () => {
      const target = ${JSON.stringify(bot.url)};
      const body = JSON.stringify({ do: 'pause', reason: 'a page did it' });
      const tried = (promise) => promise.then((answer) => answer.type === 'opaque' ? 'blind' : 'got ' + answer.status, () => 'refused');
      const form = document.createElement('form');
      form.method = 'POST'; form.enctype = 'text/plain'; form.action = target + 'api/commands'; form.target = 'sink';
      form.innerHTML = '<input name=\\'{"do":"pause","reason":"\\' value=\\'"}\\'>';
      const sink = document.createElement('iframe'); sink.name = 'sink'; document.body.append(sink, form);
      form.submit();
      return {
        read: await tried(fetch(target + 'api/overview', { credentials: 'include' })),
        post: await tried(fetch(target + 'api/commands', { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: 'Bearer ${bot.token}' } })),
        blind: await tried(fetch(target + 'api/commands', { method: 'POST', mode: 'no-cors', body })),
        socket: await tried(new Promise((resolve, reject) => {
          const socket = new WebSocket(target.replace('http', 'ws') + 'inspect/v4');
          socket.onopen = () => resolve({ status: 101 });
          socket.onerror = reject;
        })),
      };
    })()`)) as Record<string, string>;
    expect(outcomes).toMatchObject({ read: 'refused', post: 'refused', socket: 'refused' });
    expect(outcomes.blind).toMatch(/blind|refused/);
    expect((await bot.overview()).status.kill_switch.active).toBe(false);
    expect(ledger().filter((one) => JSON.stringify(one).includes('a page did it'))).toEqual([]);
  });
});

describe('a bot that is killed', () => {
  it('is said to be lost within seconds, shows no green, and is back when its guardian has brought it back', async () => {
    const began = Date.now();
    const { page, unexpected } = await looking();
    // What a page takes longer than two seconds to open is this machine's: others run on it as well.
    const slowMs = Math.max(0, Date.now() - began - 2_000);
    await page.locator('[data-health=green]').first().waitFor();
    const { pid } = (await bot.overview()).status;
    // A guardian that is asleep: else it is back sooner than anybody could look.
    process.kill(bot.started.pid, 'SIGSTOP');
    process.kill(pid ?? 0, 'SIGKILL');
    const died = Date.now();
    await page.getByTestId('link-banner').getByText('The link is lost').waitFor({ timeout: PATIENT.timeout });
    expect(Date.now() - died - slowMs).toBeLessThan(5_000);
    await expect.poll(() => page.locator('[data-health=green]').count(), PATIENT).toBe(0);
    expect(Date.now() - died - 2 * slowMs).toBeLessThan(15_000);
    expect(await page.getByTestId('verdict').getAttribute('data-health')).toBe('unknown');
    await goTo(page, '#/overview');

    process.kill(bot.started.pid, 'SIGCONT');
    await page.getByTestId('link-banner').waitFor({ state: 'hidden', timeout: PATIENT.timeout });
    await expect.poll(async () => (await bot.overview()).status.pid, PATIENT).not.toBe(pid);
    await expect.poll(() => agrees(page), PATIENT).toBe(true);
    // The browser itself tells of connections that are refused.
    expect(unexpected(/net::ERR_/)).toEqual([]);
  });
});
