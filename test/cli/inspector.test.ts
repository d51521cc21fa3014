/** The page of a real bot, in processes as people start them. Ports are given by the system. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type {
  ActorView,
  FaultView,
  IncidentRecord,
  MachineView,
  SignalPage,
  StreamEvent,
} from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, PATIENT, type Started } from './cli.ts';
import { asked, hear, tokenIn, urlIn } from './inspected.ts';
import { it, type Starts } from './with-starts.ts';

async function inspected(starts: Starts, dir: string, ...more: string[]) {
  const bot = starts(['run', '--dir', dir, '--port', '0', ...more]);
  await bot.said('see it live');
  const url = `http://127.0.0.1:${readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim()}/`;
  return { bot, page: asked(dir, url) };
}

async function stopped(bot: Started): Promise<string> {
  bot.kill('SIGTERM');
  const { code, err } = await bot.outcome;
  expect({ code, err }).toMatchObject({ code: 0 });
  return err;
}

/** Somebody who holds a port. */
async function takenPort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe.concurrent('the page of a running bot', () => {
  it('tells how it is live, takes commands for the token alone, and takes leave', async ({ starts, expect }) => {
    const dir = freshFolder();
    const { bot, page } = await inspected(starts, dir);
    await expect.poll(async () => (await fetch(new URL('/readyz', page.url))).status, PATIENT).toBe(200);
    const overview = await page.overview();
    expect(overview).toMatchObject({ kind: 'live', paper: true, speed: 1, feed: { kind: 'simulated market' } });
    expect(overview.components).toHaveLength(13);
    expect(overview.components.every(({ budgets }) => budgets.length > 0)).toBe(true);
    const actors = await page.get<readonly ActorView[]>('/api/actors');
    expect(actors.find(({ id }) => id === 'signalBus')).toMatchObject({ machine: 'signalBus', status: 'active' });
    const machines = (await page.get<readonly MachineView[]>('/api/machines')).map(({ id }) => id);
    expect(machines).toEqual(expect.arrayContaining(['bot', 'signal', 'signalBus', 'healingOperator', 'marketFeed']));
    await expect.poll(async () => page.get<readonly unknown[]>('/api/events?limit=5'), PATIENT).toHaveLength(5);

    // Who may look may not change.
    for (const token of [null, '0'.repeat(64)])
      expect((await page.command({ do: 'pause', reason: 'no' }, token)).status).toBe(401);
    expect((await page.overview()).status.kill_switch.active).toBe(false);
    expect(statSync(join(dir, 'run/inspector_token')).mode & 0o777).toBe(0o600);

    expect(await page.command({ do: 'pause', reason: 'a test' })).toMatchObject({ status: 200, answer: { ok: true } });
    expect((await page.overview()).status.kill_switch).toMatchObject({
      active: true,
      reason: expect.stringContaining('(inspector) paused: a test'),
    });
    expect((await page.command({ do: 'resume', reason: 'enough' })).answer.ok).toBe(true);
    expect((await page.overview()).status.kill_switch.active).toBe(false);
    const planned = await page.command({ do: 'plan', invariant: 'signal_bus/log-verifies' });
    expect(planned.answer.plans?.map(({ remedy }) => remedy)).toEqual(['REPAIR', 'RESTART', 'RESTART']);
    expect((await page.command({ do: 'plan', invariant: 'no/such' })).status).toBe(400);

    // The status says where, and not the token; its owner gets both.
    const { out } = await kintsugi(['status', '--dir', dir]);
    expect(out).toContain(page.url);
    expect(out).not.toContain(page.token);
    expect(await kintsugi(['inspect', '--dir', dir])).toMatchObject({
      code: 0,
      out: `${page.url}#token=${page.token}\n`,
    });

    const heard = hear(page.url);
    await expect.poll(() => heard.events.map(({ type }) => type), PATIENT).toContain('overview');
    expect(heard.events[0]?.type).toBe('hello');
    const err = await stopped(bot);
    await heard.ended;
    expect(heard.events.at(-1)).toEqual({ type: 'bye', reason: 'the bot has stopped' });
    expect(existsSync(join(dir, 'run/inspector_token'))).toBe(false);
    // Nobody who reads what was said, or the log, learns the token.
    for (const text of [err, readFileSync(join(dir, 'logs/bot_out.log'), 'utf8')])
      expect(text).not.toContain(page.token);
  });

  it('shows a fault that is injected by hand, healed with evidence, as it happens', async ({ starts, expect }) => {
    const dir = freshFolder();
    const { bot, page } = await inspected(starts, dir);
    await expect.poll(async () => (await page.overview()).status.status, PATIENT).toBe('green');
    const faults = (await page.get<readonly FaultView[]>('/api/faults')).map(({ id }) => id);
    expect(faults).toEqual([
      'tear_log',
      'delete_log',
      'stop_shadow_engine',
      'silence_feed',
      'corrupt_positions',
      'wedge_mailbox',
    ]);
    const heard = hear(page.url);
    const incidentsHeard = (): readonly IncidentRecord[] =>
      heard.events.flatMap((event: StreamEvent) => (event.type === 'incident' ? [event.incident] : []));
    const broken = {
      tear_log: 'signal_bus/log-verifies',
      delete_log: 'signal_bus/log-verifies',
      stop_shadow_engine: 'shadow_engine/alive',
      corrupt_positions: 'safety_layer/positions-sound',
      wedge_mailbox: 'feature_store/mail-drains',
    };
    for (const [fault, invariant] of Object.entries(broken)) {
      const before = incidentsHeard().length;
      expect(await page.command({ do: 'fault', fault })).toMatchObject({ status: 200, answer: { ok: true } });
      await expect
        .poll(() => incidentsHeard().slice(before), PATIENT)
        .toContainEqual(
          expect.objectContaining({
            invariant,
            status: 'healed',
            evidence_before: expect.objectContaining({ holds: false }),
            evidence_after: expect.objectContaining({ holds: true }),
          }),
        );
    }
    const told = await page.get<readonly IncidentRecord[]>('/api/incidents?limit=50');
    expect(told.map(({ invariant }) => invariant)).toEqual(expect.arrayContaining(Object.values(broken)));
    const [last] = told;
    expect(await page.get(`/api/incidents/${last?.incident_id}`)).toMatchObject({
      incident: { incident_id: last?.incident_id },
      story: expect.arrayContaining([expect.objectContaining({ title: 'What proved it healed' })]),
    });
    expect(await page.get('/api/why/signal_bus')).toMatchObject({ component: 'signal_bus', health: 'yellow' });
    expect((await page.overview()).status.status).toBe('yellow');
    heard.stop();
    const err = await stopped(bot);
    expect(err.match(/\[FAULT\] injected by hand/g)).toHaveLength(5);
    expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
  }, 120_000);

  it('silences the feed until the healer starts it anew', async ({ starts, expect }) => {
    const dir = freshFolder();
    // Half a minute of silence passes in three seconds.
    const { bot, page } = await inspected(starts, dir, '--speed', '10');
    await expect.poll(async () => (await page.overview()).status.status, PATIENT).toBe('green');
    expect((await page.command({ do: 'fault', fault: 'silence_feed' })).answer.ok).toBe(true);
    await expect
      .poll(() => page.get<readonly IncidentRecord[]>('/api/incidents?component=market_feed&limit=9'), PATIENT)
      .toContainEqual(
        expect.objectContaining({
          invariant: 'market_feed/fresh',
          status: 'healed',
          remedies: [expect.objectContaining({ type: 'RESTART', to: 'marketFeed', outcome: 'proven' })],
        }),
      );
    await stopped(bot);
  });

  it('sends an event by hand, and a remedy through the healer', async ({ starts, expect }) => {
    const dir = freshFolder();
    const { bot, page } = await inspected(starts, dir);
    await expect.poll(async () => (await page.overview()).status.status, PATIENT).toBe('green');
    const send = (actor: string, type: string) => page.command({ do: 'send', actor, event: { type } });
    expect(await send('signalBus', 'xstate.stop')).toMatchObject({ status: 400 });
    expect(await send('nobody', 'STOP')).toMatchObject({ status: 400 });
    expect((await send('shadowEngine', 'NO.SUCH.EVENT')).answer).toMatchObject({
      ok: false,
      says: expect.stringContaining('does not take NO.SUCH.EVENT'),
    });
    // What goes past the ledger and the budgets is not sent, nor what would make somebody look alive, or sound.
    for (const [actor, type] of [
      ['heartbeat', 'PROGRESS'],
      ['featureStore', 'TICK'],
      ['signalBus', 'FILE_SEEN'],
      ['shadowEngine', 'RESTART'],
      ['stateMachine', 'EXPIRE'],
      ['healingOperator', 'RESET'],
    ] as const)
      expect((await send(actor, type)).answer).toMatchObject({
        ok: false,
        says: expect.stringContaining('nothing was sent'),
      });
    const restart = { do: 'remedy', invariant: 'decision_tracker/alive', remedy: 'RESTART' };
    const { answer } = await page.command(restart);
    expect(answer).toMatchObject({ ok: true, incident: expect.stringMatching(/^INC-/) });
    const came = () => page.get<{ incident: IncidentRecord }>(`/api/incidents/${answer.incident}`);
    await expect.poll(async () => (await came()).incident.status, PATIENT).toBe('cleared');
    expect((await came()).incident).toMatchObject({
      asked_by: expect.stringContaining('(inspector)'),
      remedies: [{ type: 'RESTART', to: 'decisionTracker', outcome: 'proven' }],
    });
    const actors = await page.get<readonly ActorView[]>('/api/actors');
    expect(actors.find(({ id }) => id === 'decisionTracker')?.incarnation).toBe(2);
    const stop = await send('pipelineMonitor', 'STOP');
    expect(stop.answer).toMatchObject({ ok: true, says: expect.stringContaining('pipelineMonitor took STOP') });
    await stopped(bot);
  });

  it('is at the same address with the same token after the bot was killed and brought back', async ({
    starts,
    expect,
  }) => {
    const dir = freshFolder();
    const { bot, page } = await inspected(starts, dir);
    const before = (await page.overview()).status.pid;
    process.kill(before ?? 0, 'SIGKILL');
    await expect
      .poll(
        async () =>
          page.overview().then(
            ({ status }) => status.pid,
            () => before,
          ),
        PATIENT,
      )
      .not.toBe(before);
    expect(tokenIn(dir)).toBe(page.token);
    expect((await page.command({ do: 'pause', reason: 'it was killed' })).status).toBe(200);
    await stopped(bot);
  });
});

describe.concurrent('where the page is served', () => {
  it('is an error in words where the port that was named is taken, and nothing runs', async ({ onTestFinished }) => {
    const { port, server } = await takenPort();
    onTestFinished(() => void server.close());
    const dir = freshFolder();
    for (const guardian of [['--no-guardian'], []]) {
      const outcome = await kintsugi(['run', '--dir', dir, '--port', String(port), '--for', '5s', ...guardian]);
      expect(outcome.code).toBe(1);
      expect(outcome.err).toContain(`port ${port} of 127.0.0.1 is taken`);
    }
    expect(await kintsugi(['status', '--dir', dir])).toMatchObject({ code: 3 });
  });

  it('is nowhere with --no-http, and at --speed max unless a port is named', async () => {
    const dir = freshFolder();
    const quiet = await kintsugi(['run', '--dir', dir, '--speed', 'max', '--for', '1m']);
    expect(quiet).toMatchObject({ code: 0, err: expect.not.stringContaining('see it live') });
    expect(existsSync(join(dir, 'run/inspector_token'))).toBe(false);
    const shown = await kintsugi(['run', '--dir', freshFolder(), '--speed', 'max', '--for', '1m', '--port', '0']);
    expect(shown).toMatchObject({ code: 0, err: expect.stringContaining('see it live') });
    const without = await kintsugi(['run', '--dir', freshFolder(), '--no-http', '--for', '2s', '--no-guardian']);
    expect(without).toMatchObject({ code: 0, err: expect.not.stringContaining('see it live') });
  });

  it('changes no record of a run at --speed max', async () => {
    const [plain, watched] = [freshFolder(), freshFolder()];
    const run = ['run', '--speed', 'max', '--for', '10m', '--seed', '5', '--json'];
    const a = await kintsugi([...run, '--dir', plain]);
    const b = await kintsugi([...run, '--dir', watched, '--port', '0']);
    expect([a.code, b.code]).toEqual([0, 0]);
    expect(b.out).toBe(a.out);
    for (const name of ['signal_bus.jsonl', 'signal_decisions.jsonl', 'shadow_trade_outcomes.jsonl'])
      expect(readFileSync(join(watched, 'logs', name))).toEqual(readFileSync(join(plain, 'logs', name)));
  });

  it('says which options make no sense', async () => {
    const usage = (...args: string[]) => kintsugi(['run', '--dir', freshFolder(), ...args]);
    expect(await usage('--port', '70000')).toMatchObject({ code: 64, err: expect.stringContaining('65535') });
    expect(await usage('--port', 'x')).toMatchObject({ code: 64 });
    expect(await usage('--no-http', '--port', '0')).toMatchObject({
      code: 64,
      err: expect.stringContaining('--no-http'),
    });
  });

  it('needs the token for everything at another address than loopback, and says so', async ({ starts, expect }) => {
    const dir = freshFolder();
    const { bot, page } = await inspected(starts, dir, '--host', '0.0.0.0');
    const bare = await fetch(new URL('/api/overview', page.url));
    expect([403, 401]).toContain(bare.status);
    const signed = await fetch(new URL('/api/overview', page.url), {
      headers: { authorization: `Bearer ${page.token}` },
    });
    expect(signed.status).toBe(200);
    expect(await stopped(bot)).toContain('can be reached from other machines');
  });

  it('lets its page behind TLS send commands where it is told of the origin, and needs the token for everything', async ({
    starts,
    expect,
  }) => {
    const origin = 'https://bot.example.org';
    const { bot, page } = await inspected(starts, freshFolder(), '--origin', origin);
    const headers = { authorization: `Bearer ${page.token}`, 'content-type': 'application/json', origin };
    const asked = { method: 'POST', headers, body: JSON.stringify({ do: 'pause', reason: 'a test' }) };
    expect((await fetch(new URL('/api/commands', page.url), asked)).status).toBe(200);
    expect((await fetch(new URL('/api/overview', page.url))).status).toBe(401);
    expect(await stopped(bot)).toContain(`through the proxy at ${origin}/`);
    expect(await kintsugi(['run', '--dir', freshFolder(), '--origin', 'http://bot.example.org'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('--origin'),
    });
  });
});

it.concurrent('kintsugi inspect says what is wrong with a directory that has no page', async ({ starts, expect }) => {
  expect(await kintsugi(['inspect', '--dir', join(freshFolder(), 'nothing')])).toMatchObject({ code: 1 });
  expect(await kintsugi(['inspect', '--dir', '/etc'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no bot has run in /etc.'),
  });
  const dir = freshFolder();
  const bot = starts(['run', '--dir', dir, '--no-http']);
  await bot.said('kintsugi runs in');
  expect(await kintsugi(['inspect', '--dir', dir])).toMatchObject({
    code: 1,
    err: expect.stringContaining('--no-http'),
  });
  await stopped(bot);
});

it.concurrent('kintsugi inspect shows what a bot left, which nobody can change, until Ctrl-C', async ({
  starts,
  expect,
}) => {
  const dir = freshFolder();
  await kintsugi(['run', '--dir', dir, '--speed', 'max', '--for', '20m', '--seed', '5']);
  const inspecting = starts(['inspect', '--dir', dir, '--port', '0']);
  await inspecting.said('its records are shown');
  await expect.poll(() => inspecting.out(), PATIENT).toContain('http://');
  const url = urlIn(inspecting.out());
  const get = async (path: string) => (await fetch(new URL(path, url))).json();
  expect(await get('/api/overview')).toMatchObject({ kind: 'records', commands: [], speed: null });
  const { signals, total } = (await get('/api/signals?limit=3')) as SignalPage;
  expect(total).toBeGreaterThan(20);
  expect(await get(`/api/signals/${signals[0]?.id}`)).toMatchObject({
    steps: expect.arrayContaining([expect.anything()]),
  });
  const command = await fetch(new URL('/api/commands', url), { method: 'POST', body: '{"do":"pause","reason":"no"}' });
  expect(command.status).toBe(401);
  inspecting.kill('SIGINT');
  expect(await inspecting.outcome).toMatchObject({ code: 0 });
});
