import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { ALERTS_STATE_FILE } from '../../src/actors/alert-outbox.ts';
import type { IncidentRecord } from '../../src/healing/ledger.ts';
import type { ActorId, Component, Signal } from '../../src/machines/messages.ts';
import { faultyFiles } from './faulty-files.ts';
import type { LivingBot, LivingBotOptions } from './living-bot.ts';
import { it, type Start } from './with-bots.ts';

const at = (bot: LivingBot, path: string): string => join(bot.root, path);
const text = (bot: LivingBot, path: string): string => readFileSync(at(bot, path), 'utf8');

/** All logs of records, as they stand. */
const logs = (bot: LivingBot): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(at(bot, 'logs'))
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => [`logs/${name}`, text(bot, `logs/${name}`)]),
  );

/** What was in the other logs is in them still, byte for byte: they have only grown. */
const expectOthersUnharmed = (bot: LivingBot, before: ReadonlyMap<string, string>, ...broken: string[]): void => {
  for (const [path, was] of before) {
    if (!broken.includes(path)) expect(text(bot, path).startsWith(was), `${path} was changed`).toBe(true);
  }
};

/** Waits until the invariant's incident is healed, and checks what the ledger must prove. */
async function healed(bot: LivingBot, invariant: string | RegExp, withinMs?: number): Promise<IncidentRecord> {
  const isIt = (id: string): boolean => (typeof invariant === 'string' ? id === invariant : invariant.test(id));
  const find = () => bot.incidents().find((one) => isIt(one.invariant) && one.status === 'healed');
  await bot.until(`${invariant} is healed`, () => find() !== undefined, withinMs);
  const incident = find();
  if (!incident) throw new Error('it was there a moment ago');
  expect(incident.evidence_before.holds).toBe(false);
  expect(incident.evidence_before.says).not.toBe('');
  expect(incident.evidence_after?.holds).toBe(true);
  const proof = incident.remedies.at(-1);
  expect(proof?.outcome).toBe('proven');
  expect(Date.parse(incident.evidence_after?.taken_at ?? '')).toBeGreaterThanOrEqual(
    Date.parse(proof?.answered_at ?? ''),
  );
  return incident;
}

/** Healed and still watched is yellow, never green by itself; nothing else may have turned. */
const expectWatched = (bot: LivingBot, component: Component): void => {
  const { components, kill_switch: kill } = bot.status();
  expect(components[component].status).toBe('yellow');
  expect(components[component].last_incident).not.toBeNull();
  expect(kill.active).toBe(false);
};

/** What is seen was told by inotify: no look by the clock comes while a test lasts, however slow the machine. */
const BY_NEWS_ALONE: LivingBotOptions = { looksEveryMs: 3_600_000 };

const LOGS: readonly (readonly [Component, path: string, invariant: string, architecture: boolean])[] = [
  ['signal_engine', 'logs/signals.jsonl', 'signal_engine/signals.jsonl-is-sound', false],
  ['signal_engine', 'logs/ensemble_predictions.jsonl', 'signal_engine/ensemble_predictions.jsonl-is-sound', false],
  ['decision_engine', 'logs/enriched_decisions.jsonl', 'decision_engine/enriched_decisions.jsonl-is-sound', false],
  ['exit_gates', 'logs/exit_runtime_events.jsonl', 'exit_gates/exit_runtime_events.jsonl-is-sound', false],
  ['shadow_engine', 'logs/shadow_trade_outcomes.jsonl', 'shadow_engine/shadow_trade_outcomes.jsonl-is-sound', true],
  ['decision_tracker', 'logs/signal_decisions.jsonl', 'decision_tracker/signal_decisions.jsonl-is-sound', true],
  ['signal_bus', 'logs/signal_bus.jsonl', 'signal_bus/log-verifies', true],
];

describe.concurrent('a log that is deleted under the running bot', () => {
  for (const [component, path, invariant, architecture] of LOGS) {
    it(`${path} is back with every record it held`, async ({ start }) => {
      const bot = await start(BY_NEWS_ALONE);
      await bot.until('there are decisions', () => statSync(at(bot, 'logs/signal_decisions.jsonl')).size > 0);
      const before = logs(bot);
      rmSync(at(bot, path));
      await healed(bot, invariant);
      expect(text(bot, path).startsWith(before.get(path) ?? '?')).toBe(true);
      expectOthersUnharmed(bot, before, path);
      expectWatched(bot, component);
      const name = path.slice('logs/'.length);
      expect(bot.said()).toContain(`🔧 [HEALING] Created ${name}`);
      const words = architecture ? 'Architecture components healed' : 'Components healed';
      expect(bot.said()).toContain(`🔧 [HEALING] ${words}: ${component}`);
    });
  }
});

describe.concurrent('a log that may not be written to any more', () => {
  for (const [component, path, invariant] of LOGS) {
    it(`${path} gets back the mode it had, and no more`, async ({ start }) => {
      const bot = await start();
      const { mode } = statSync(at(bot, path));
      const before = logs(bot);
      chmodSync(at(bot, path), 0o440);
      await healed(bot, invariant);
      expect(statSync(at(bot, path)).mode).toBe(mode);
      expectOthersUnharmed(bot, before);
      expectWatched(bot, component);
    });
  }
});

describe.concurrent('signal_bus', () => {
  it('mends a corrupt line bit for bit from memory, while it is appended to', async ({ start }) => {
    const bot = await start();
    const path = 'logs/signal_bus.jsonl';
    await bot.until('there are records', () => text(bot, path).split('\n').length > 5);
    const before = text(bot, path);
    const fd = openSync(at(bot, path), 'r+');
    writeSync(fd, '#garbage#', 40);
    const incident = await healed(bot, 'signal_bus/log-verifies');
    expect(incident.evidence_before.bad_lines).toBe(1);
    expect(text(bot, path).startsWith(before)).toBe(true);
    expectWatched(bot, 'signal_bus');
  });

  it('moves foreign garbage to quarantine and goes on numbering', async ({ start }) => {
    const bot = await start();
    const path = 'logs/signal_bus.jsonl';
    appendFileSync(at(bot, path), 'this is no record\n');
    await healed(bot, 'signal_bus/log-verifies');
    const [entry] = await bot.world.quarantine.list();
    expect(entry && text(bot, entry.file)).toBe('this is no record');
    const size = text(bot, path).length;
    await bot.until('it goes on', () => text(bot, path).length > size + 500);
    const verdict = await bot.world.bus.verify({ full: true });
    expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
  });

  it('acknowledges nothing while the disk is full, and loses nothing when space is back', async ({ start }) => {
    let files: ReturnType<typeof faultyFiles> | null = null;
    const bot = await start({
      files: (plain) => {
        files = faultyFiles(plain);
        return files;
      },
    });
    const faulty = files as unknown as ReturnType<typeof faultyFiles>;
    const path = 'logs/signal_bus.jsonl';
    faulty.faults.push({ operation: 'append', path, code: 'ENOSPC', short: 25 });
    const refusing = () =>
      bot.bot.mailboxes
        .ref('signalBus')
        ?.getSnapshot()
        .matches({ running: { work: { log: 'refusing' } } });
    await bot.until('the bus refuses', () => refusing() === true);
    await bot.until('it is not green', () => bot.status().components.signal_bus.status !== 'green');
    await bot.until('it is told', () => bot.incidents().some(({ invariant }) => invariant === 'signal_bus/accepts'));
    faulty.faults.length = 0;
    await bot.until('the bus accepts again', () => refusing() === false);
    const verdict = await bot.world.bus.verify({ full: true });
    expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
  });

  it('is red when its log was gone at start and something is still held, until that is explained', async ({
    start,
  }) => {
    const first = await start();
    await first.until(
      'a position is open',
      () => JSON.parse(text(first, 'logs/positions_futures.json')).open_positions.length > 0,
    );
    const { root } = first;
    await first.stop();
    rmSync(join(root, 'logs/signal_bus.jsonl'));
    await expect(start({ root, upWithinMs: 10_000 })).rejects.toThrow('signal_bus/history-known');
  });
});

describe.concurrent('safety_layer', () => {
  const path = 'logs/positions_futures.json';
  const holding = async (start: Start): Promise<{ bot: LivingBot; held: () => string[] }> => {
    const bot = await start(BY_NEWS_ALONE);
    const held = (): string[] =>
      JSON.parse(text(bot, path)).open_positions.map(
        (one: { symbol: string; qty: number }) => `${one.symbol} ${one.qty}`,
      );
    await bot.until('positions are open', () => held().length > 1);
    return { bot, held };
  };

  for (const [what, damage] of [
    ['deleted', (file: string) => rmSync(file)],
    ['torn', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 300))],
    ['emptied', (file: string) => writeFileSync(file, '')],
    [
      'replaced by one without positions',
      (file: string) => writeFileSync(file, '{"open_positions":[],"closed_positions":[]}\n'),
    ],
  ] as const) {
    it(`rebuilds a positions file that was ${what} from the log, as the broker has it`, async ({ start }) => {
      const { bot, held } = await holding(start);
      damage(at(bot, path));
      await healed(bot, 'safety_layer/positions-sound');
      await bot.until('the file is what the broker holds', () => {
        const broker = bot.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context.differences;
        return held().length > 0 && broker.length === 0;
      });
      const net = (await bot.broker.positions()).map(({ symbol, qty }) => `${symbol} ${Math.abs(qty)}`);
      await bot.until(
        'nothing is in between',
        () => JSON.stringify([...held()].sort()) === JSON.stringify(net) || held().length !== net.length,
      );
      expectWatched(bot, 'safety_layer');
      expect(bot.said()).toContain('🔧 [HEALING] Components healed: safety_layer');
    });
  }
});

describe.concurrent('trade_execution', () => {
  it('gets a positions file that may not be written to mended', async ({ start }) => {
    const bot = await start();
    chmodSync(at(bot, 'logs/positions_futures.json'), 0o440);
    await bot.until(
      'it is writable again',
      () => (statSync(at(bot, 'logs/positions_futures.json')).mode & 0o200) !== 0,
    );
    await bot.until('it was an incident', () =>
      bot.incidents().some(({ invariant, status }) => /positions/.test(invariant) && status === 'healed'),
    );
  });

  it('never takes an order without an answer for rejected: it asks until it knows', async ({ start }) => {
    let lost = 0;
    const bot = await start({
      speed: 10,
      intervalMs: 1_000,
      onSubmit: () => (lost++ < 2 ? 'timeout-after' : 'ok'),
    });
    await bot.until('an order was lost', () => lost > 0);
    await bot.until('its fate is known and the books agree', () => {
      const { orders, differences } = bot.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context ?? {};
      return lost > 1 && orders.unknown === 0 && differences.length === 0;
    });
    const submitted = text(bot, 'logs/signal_bus.jsonl')
      .split('\n')
      .filter((line) => line.includes('"new_state":"executing"'));
    const ids = submitted.map((line) => JSON.parse(line).metadata.intent.clientOrderId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('adopts a position at the broker that the log does not know', async ({ start }) => {
    const bot = await start({ eager: false });
    const positions = await bot.broker.positions();
    const symbol =
      ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].find((one) => !positions.some((held) => held.symbol === one)) ?? 'BTCUSDT';
    await bot.broker.submit({
      clientOrderId: 'by-hand-1',
      signalId: 'by-hand',
      symbol,
      side: 'BUY',
      purpose: 'entry',
      qty: symbol === 'BTCUSDT' ? 0.01 : 1,
      leverage: 2,
      reduceOnly: false,
      gate: null,
      stopPrice: null,
      at: bot.world.clock.now(),
    });
    await bot.until(
      'it is in the positions file',
      () =>
        JSON.parse(text(bot, 'logs/positions_futures.json')).open_positions.some(
          (one: { symbol: string }) => one.symbol === symbol,
        ),
      80_000,
    );
    await bot.until(
      'the books agree',
      () => bot.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context.differences.length === 0,
    );
  });
});

describe.concurrent('heartbeat', () => {
  it('is never written by a healer: a deleted one comes back with the next progress', async ({ start }) => {
    const bot = await start();
    const path = at(bot, 'logs/.bot_heartbeat');
    await bot.until('it beats', () => existsSync(path));
    rmSync(path);
    await bot.until('it beats again', () => existsSync(path));
    expect(text(bot, 'logs/.bot_heartbeat')).toMatch(/^\d{4}-.*Z\n\{"tick":/);
  });
});

describe.concurrent('feature_store', () => {
  it('makes its folder again, and writes what it knows', async ({ start }) => {
    const bot = await start();
    await bot.until('it is saved', () => existsSync(at(bot, 'feature_store/BTCUSDT.json')));
    rmSync(at(bot, 'feature_store'), { recursive: true });
    // The folder within it goes first: whichever is seen first, both are made again.
    await healed(bot, /^feature_store\/(intelligence-)?folder-exists$/);
    await bot.until(
      'all is back',
      () =>
        existsSync(at(bot, 'feature_store/BTCUSDT.json')) &&
        existsSync(at(bot, 'feature_store/healing_escalation_state.json')),
    );
  });

  it('writes a file anew that does not parse, and keeps the bytes', async ({ start }) => {
    const bot = await start();
    const path = 'feature_store/intelligence/summary.json';
    await bot.until('it is saved', () => existsSync(at(bot, path)));
    const seen = () => bot.incidents().some(({ invariant }) => invariant.includes('summary.json'));
    await bot.until('the damage was seen', () => {
      // The component writes the file anew all the time; the damage has to be there when it looks.
      if (!seen()) writeFileSync(at(bot, path), '{"torn":');
      return seen();
    });
    const parses = () => {
      try {
        return JSON.parse(text(bot, path)) !== null;
      } catch (error) {
        if (error instanceof SyntaxError) return false;
        throw error;
      }
    };
    await bot.until('it parses again', parses);
    const kept = (await bot.world.quarantine.list()).filter(({ source }) => source === path);
    expect(kept.map(({ file }) => text(bot, file))).toContain('{"torn":');
  });
});

describe.concurrent('file_integrity', () => {
  it('quarantines what does not parse in a log of another component, in place', async ({ start }) => {
    const bot = await start(BY_NEWS_ALONE);
    const path = 'logs/signals.jsonl';
    const before = text(bot, path);
    appendFileSync(at(bot, path), '{"torn": "rec\n');
    await healed(bot, 'file_integrity/all-files-parse');
    expect(text(bot, path).startsWith(`${before}${' '.repeat(13)}\n`)).toBe(true);
    const [entry] = await bot.world.quarantine.list();
    expect(entry).toMatchObject({ source: path, offset: Buffer.byteLength(before), length: 13 });
    expectWatched(bot, 'file_integrity');
    expect(bot.incidents().filter(({ component }) => component === 'signal_engine')).toEqual([]);
  });

  it('puts back the last good copy of a document nobody else looks after', async ({ start }) => {
    const bot = await start();
    const whole = '{"a": 1}\n';
    writeFileSync(at(bot, ALERTS_STATE_FILE), whole);
    await bot.until(
      'a round has seen it',
      () => (bot.bot.mailboxes.ref('fileIntegrity')?.getSnapshot().context.verifiedFiles ?? 0) > 0,
    );
    bot.bot.root.send({
      type: 'RESTART_CHILD',
      id: 'fileIntegrity',
      scope: 'one',
      incident: 'test',
      reason: 'test',
      from: 'healingOperator',
    });
    await bot.until(
      'it knows the good copy',
      () =>
        bot.status().components.file_integrity.restarts === 1 &&
        bot.status().components.file_integrity.invariants.every(({ holds }) => holds === true),
    );
    writeFileSync(at(bot, ALERTS_STATE_FILE), '{"a": ');
    await healed(bot, 'file_integrity/all-files-parse');
    expect(text(bot, ALERTS_STATE_FILE)).toBe(whole);
  });

  it("leaves another program's half-written document to its writer", async ({ start }) => {
    const bot = await start(BY_NEWS_ALONE);
    const path = at(bot, 'dashboard.json');
    for (let n = 1; n <= 6; n++) {
      const fd = openSync(path, 'w');
      writeSync(fd, '{"n":');
      await sleep(100);
      writeSync(fd, `${n}}`);
      closeSync(fd);
      expect(text(bot, 'dashboard.json')).toBe(`{"n":${n}}`);
    }
    // By the time that this is mended, it has looked at what changed before.
    appendFileSync(at(bot, 'logs/signals.jsonl'), '{"torn": "rec\n');
    await healed(bot, 'file_integrity/all-files-parse');
    expect((await bot.world.quarantine.list()).map(({ source }) => source)).toEqual(['logs/signals.jsonl']);
    expect(bot.incidents().filter(({ component }) => component === 'file_integrity')).toHaveLength(1);
    expect(bot.status().kill_switch.active).toBe(false);
  });
});

const oldSignal = (bot: LivingBot, n: number): Signal => {
  const at = bot.world.clock.now() - 3 * 3_600_000;
  const symbol = 'BTCUSDT';
  const signalId = `${symbol}_${at}_0000000${n.toString(16)}`;
  const features = {
    symbol,
    at,
    bars: 1,
    price: 96_000,
    stable: true,
    emaFast: 1,
    emaSlow: 1,
    rsi: 50,
    atr: 1,
    donchianHigh: 1,
    donchianLow: 1,
    volatility: 0.001,
    regime: 'ranging',
    spreadBps: 0.5,
    fundingRate: 0,
    returns: [],
  } as const;
  return {
    signalId,
    at,
    symbol,
    direction: 'LONG',
    strategy: 'test',
    confidence: 0.5,
    reason: 'a test',
    price: 96_000,
    features,
  };
};
const emitStuck = (bot: LivingBot, count: number): readonly string[] => {
  // Decisions never come: the signals stay where they are.
  bot.bot.mailboxes.shut('decisionEngine');
  const signals = Array.from({ length: count }, (_, n) => oldSignal(bot, n));
  for (const signal of signals) bot.bot.mailboxes.post('signalBus', { type: 'EMIT', signal });
  return signals.map(({ signalId }) => signalId);
};
const statesOf = (bot: LivingBot, id: string): string[] =>
  text(bot, 'logs/signal_bus.jsonl')
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line))
    .map((record) => record.new_state ?? record.state);

describe.concurrent('state_machine', () => {
  it('expires what is stuck, and the log says so', async ({ start }) => {
    const bot = await start();
    const ids = emitStuck(bot, 5);
    await healed(bot, 'state_machine/nothing-stuck');
    for (const id of ids) expect(statesOf(bot, id)).toEqual(['generated', 'expired']);
    expect(
      bot.said().some((line) => /^🔧 \[HEALING\] Auto-expired \d+ stuck signals to fix pipeline health$/.test(line)),
    ).toBe(true);
    expect(bot.said()).toContain('🔧 [HEALING] Architecture components healed: state_machine');
  });

  it('rebuilds a state that does not exist from the log', async ({ start }) => {
    const bot = await start();
    await bot.until('a signal is known', () => text(bot, 'logs/signal_bus.jsonl').includes('"blocked"'));
    const record = text(bot, 'logs/signal_bus.jsonl')
      .split('\n')
      .map((line) => JSON.parse(line || '{}'))
      .find(({ new_state }) => new_state === 'blocked');
    bot.bot.mailboxes.post('stateMachine', {
      type: 'BUS.RECORD',
      record: { ...record, old_state: 'blocked', new_state: 'ZOMBIE' },
    });
    const incident = await healed(bot, 'state_machine/states-exist');
    expect(incident.evidence_before.says).toContain(record.signal_id);
    expect(incident.remedies[0]?.says).toContain(`${record.signal_id}: blocked`);
  });
});

describe.concurrent('pipeline_monitor', () => {
  it('is critical with more than ten stuck signals, and asks the state machine to expire them', async ({ start }) => {
    const bot = await start();
    const ids = emitStuck(bot, 12);
    const incident = await healed(bot, 'pipeline_monitor/not-critical');
    expect(incident.evidence_before.says).toBe('CRITICAL: 12 signals are stuck');
    for (const id of ids) expect(statesOf(bot, id)).toEqual(['generated', 'expired']);
    expect(bot.said()).toContain('🔧 [HEALING] Auto-expired 12 stuck signals to fix pipeline health');
  });
});

describe.concurrent('a component that ended', () => {
  const ACTORS = [
    ['signal_engine', 'signalEngine'],
    ['decision_engine', 'decisionEngine'],
    ['safety_layer', 'safetyLayer'],
    ['exit_gates', 'exitGates'],
    ['trade_execution', 'tradeExecution'],
    ['heartbeat', 'heartbeat'],
    ['feature_store', 'featureStore'],
    ['file_integrity', 'fileIntegrity'],
    ['signal_bus', 'signalBus'],
    ['state_machine', 'stateMachine'],
    ['shadow_engine', 'shadowEngine'],
    ['decision_tracker', 'decisionTracker'],
    ['pipeline_monitor', 'pipelineMonitor'],
  ] as const;
  for (const [component, actor] of ACTORS) {
    it(`${actor} runs again under its name, and no record is lost`, async ({ start }) => {
      const bot = await start();
      await bot.until('it trades', () => text(bot, 'logs/signal_bus.jsonl').includes('position_change'));
      const before = logs(bot);
      bot.bot.mailboxes.ref(actor)?.send({ type: 'STOP' });
      await healed(bot, `${component}/alive`);
      expect(bot.status().components[component].restarts).toBe(1);
      expect(bot.bot.root.system.get(actor)?.getSnapshot().status).toBe('active');
      expectOthersUnharmed(bot, before);
      expectWatched(bot, component);
      await bot.until(
        'the books agree with the broker',
        () => bot.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context.differences.length === 0,
      );
      const verdict = await bot.world.bus.verify({ full: true });
      expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
    });
  }
});

describe.concurrent('a component that stands still with a status of active', () => {
  for (const [component, actor] of [
    ['signal_engine', 'signalEngine'],
    ['feature_store', 'featureStore'],
    ['exit_gates', 'exitGates'],
    ['shadow_engine', 'shadowEngine'],
    ['decision_engine', 'decisionEngine'],
  ] as const) {
    it(`${actor} is found by its mail, and restarted`, async ({ start }) => {
      const bot = await start({ speed: 5, intervalMs: 500 });
      bot.bot.mailboxes.stall(actor);
      const incident = await healed(bot, `${component}/mail-drains`);
      expect(incident.evidence_before.says).toMatch(/were not processed/);
      expect(bot.status().components[component].restarts).toBe(1);
    });
  }
});

describe.concurrent('the healer', () => {
  it('comes back when it ended, and goes on healing', async ({ start }) => {
    const bot = await start();
    bot.bot.mailboxes.ref('healingOperator')?.send({ type: 'STOP' });
    await bot.until(
      'it runs again',
      () =>
        bot.bot.mailboxes.ref('healingOperator')?.getSnapshot().hasTag('open') === true &&
        bot.bot.mailboxes.ref('healingOperator')?.getSnapshot().context.life.incarnation === 2,
    );
    rmSync(at(bot, 'logs/signals.jsonl'));
    await healed(bot, 'signal_engine/signals.jsonl-is-sound');
  });

  for (const healer of ['healingOperator', 'architectureHealing'] as const)
    it(`comes back when the loop of ${healer} throws, which ends no process`, async ({ start }) => {
      const bot = await start();
      await bot.until('it runs', () => incarnationOf(bot, healer) === 1);
      const { board } = bot.bot;
      const publish = board.publish.bind(board);
      let thrown = 0;
      board.publish = (id, round) => {
        if (id !== healer || thrown++ > 0) return publish(id, round);
        throw new Error('no room on the board');
      };
      await bot.until('it fell', () => thrown > 0);
      await bot.until('it said so', () => bot.said().some((line) => line.includes(`${healer} failed: no room`)));
      await bot.until('it is another', () => bot.bot.mailboxes.ref(healer)?.getSnapshot().hasTag('open') === true);
      rmSync(at(bot, 'logs/signals.jsonl'));
      await healed(bot, 'signal_engine/signals.jsonl-is-sound');
      rmSync(at(bot, 'logs/signal_decisions.jsonl'));
      await healed(bot, 'decision_tracker/signal_decisions.jsonl-is-sound');
    });

  it('comes back when something in it throws', async ({ start }) => {
    const bot = await start();
    await bot.until('it runs', () => incarnationOf(bot, 'healingOperator') === 1);
    // No such invariant: the action that tells of it falls over.
    bot.bot.mailboxes.ref('healingOperator')?.send({ type: 'HEALED', components: null } as never);
    await bot.until('it is another', () => incarnationOf(bot, 'healingOperator') === 2);
    rmSync(at(bot, 'logs/signals.jsonl'));
    await healed(bot, 'signal_engine/signals.jsonl-is-sound');
  });
});

/** A delay of the machine's is twenty or fifty times as long for these: nobody else runs beside them. */
describe('on a clock that runs faster', () => {
  it('of many symptoms of a feed that died one incident is the cause, and one remedy mends all', async ({ start }) => {
    const bot = await start({ speed: 20, intervalMs: 5_000 });
    bot.silenceFeed();
    const cause = await healed(bot, 'market_feed/fresh');
    expect(cause.remedies.map(({ type, to }) => `${type} ${to}`)).toEqual(['RESTART marketFeed']);
    expect(cause.evidence_before.says).toMatch(/no candle of any symbol for \d+ ms/);
    await bot.until('all hold', () =>
      bot.incidents().every(({ status }) => status === 'healed' || status === 'cleared'),
    );
    const symptoms = bot.incidents().filter(({ invariant }) => invariant !== 'market_feed/fresh');
    expect(symptoms.map(({ invariant }) => invariant)).toContain('feature_store/features-fresh');
    for (const { invariant, status, remedies } of symptoms)
      expect({ invariant, status, remedies }).toEqual({ invariant, status: 'cleared', remedies: [] });
    const opened = bot
      .ledger()
      .filter(({ status, invariant }) => status === 'open' && invariant !== 'market_feed/fresh');
    for (const { invariant, waits_for } of opened)
      expect({ invariant, waits_for }).toEqual({ invariant, waits_for: expect.stringMatching(/^market_feed\//) });
  });

  it('a component whose owner stays dead is never green, whatever is tried; it is given up, told, and comes back when it can', async ({
    start,
  }) => {
    const faulty: ReturnType<typeof faultyFiles>[] = [];
    const bot = await start({
      speed: 20,
      intervalMs: 1_000,
      files: (files) => {
        const wrapped = faultyFiles(files);
        faulty.push(wrapped);
        return wrapped;
      },
    });
    await bot.until('it is green', () => bot.status().status === 'green');
    const path = 'logs/signal_decisions.jsonl';
    faulty[0]?.faults.push({ operation: 'openAppend', path, code: 'EIO' });
    bot.bot.mailboxes.ref('decisionTracker')?.send({ type: 'STOP' });
    await bot.until('it is seen', () => bot.status().components.decision_tracker.status !== 'green');
    const seen = new Set<string>();
    const givenUp = () =>
      bot.ledger().some(({ component, status }) => component === 'decision_tracker' && status === 'failed');
    await bot.until('it was given up', () => {
      seen.add(bot.status().components.decision_tracker.status);
      return givenUp();
    });
    for (let i = 0; i < 100; i++) {
      seen.add(bot.status().components.decision_tracker.status);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect([...seen].sort()).toEqual(['red', 'yellow']);
    expect(bot.status().components.decision_tracker.status).toBe('red');
    if (faulty[0]) faulty[0].faults.length = 0;
    await healed(bot, 'decision_tracker/alive');
    await bot.until('it is watched', () => bot.status().components.decision_tracker.status === 'yellow');
  }, 120_000);

  it('the healer is tried again when it could not open: nobody else would bring it back', async ({ start }) => {
    const faulty: ReturnType<typeof faultyFiles>[] = [];
    const bot = await start({
      speed: 20,
      intervalMs: 1_000,
      files: (files) => {
        const wrapped = faultyFiles(files);
        faulty.push(wrapped);
        return wrapped;
      },
    });
    faulty[0]?.faults.push({ operation: 'openAppend', path: 'logs/healing.jsonl', code: 'EIO' });
    bot.bot.mailboxes.ref('healingOperator')?.send({ type: 'STOP' });
    await bot.until(
      'it could not open',
      () => bot.bot.mailboxes.ref('healingOperator')?.getSnapshot().value === 'failed',
    );
    await bot.until('it is red', () => bot.status().status === 'red');
    if (faulty[0]) faulty[0].faults.length = 0;
    await bot.until('it runs again', () => incarnationOf(bot, 'healingOperator') > 2);
    rmSync(at(bot, 'logs/signals.jsonl'));
    await healed(bot, 'signal_engine/signals.jsonl-is-sound');
  });
});

/** Which incarnation runs, open for work; 0 where none does. */
function incarnationOf(bot: LivingBot, actor: ActorId): number {
  const snapshot = bot.bot.mailboxes.ref(actor)?.getSnapshot();
  return snapshot?.hasTag('open') === true ? snapshot.context.life.incarnation : 0;
}
