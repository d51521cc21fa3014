import { describe, expect, it } from 'vitest';
import { POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { START } from './habitat.ts';
import { type Laboratory, laboratories, repairing } from './laboratory.ts';

const laboratory = laboratories();
const begin = async (options: Parameters<typeof laboratory>[0] = {}): Promise<Laboratory> => {
  const t = await laboratory(options);
  await t.start('signalBus', signalBusActor);
  return t;
};
const restart = async (t: Laboratory) => {
  await t.stop('signalBus');
  await t.start('signalBus', signalBusActor);
};
const change = (n: number, more: object = {}) => ({
  type: 'APPEND',
  record: {
    event_type: 'state_change',
    signal_id: `s-${n}`,
    old_state: 'generated',
    new_state: 'evaluating',
    reason: null,
    metadata: {},
    ...more,
  },
});
const append = (t: Laboratory, n: number, more: object = {}) => t.post('signalBus', change(n, more));
const ids = async (t: Laboratory) => (await t.records(SIGNAL_BUS_FILE)).map(({ signal_id }) => signal_id);
const seqs = async (t: Laboratory) => (await t.records(SIGNAL_BUS_FILE)).map(({ seq }) => seq);
const published = (t: Laboratory) =>
  t.sent('stateMachine', 'BUS.RECORD').map(({ record }) => (record as { signal_id: string }).signal_id);
const work = ({ snapshot }: Laboratory) => snapshot('signalBus').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('signalBus').context;

describe('what an incarnation could not write', () => {
  it('waits in the next one, is seen to wait while the disk still refuses, and is written when it accepts', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE);
    await append(t, 1);
    await restart(t);
    expect(work(t)).toMatchObject({ log: 'refusing' });
    expect(context(t)).toMatchObject({ waiting: 1, refusal: expect.stringContaining('ENOSPC') });
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1']);
    expect(work(t)).toMatchObject({ log: 'idle' });
    expect(context(t)).toMatchObject({ appended: 1, waiting: 0, refusal: null });
  });

  it('is written by the next one also where it was cut off: others know of it already', async () => {
    const t = await begin();
    await append(t, 1);
    t.refuse(SIGNAL_BUS_FILE);
    await append(t, 2);
    t.cut('signalBus');
    await t.start('signalBus', signalBusActor);
    expect(context(t)).toMatchObject({ waiting: 1 });
    await append(t, 3);
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
  });

  it('is written once where it was cut off in the middle of it', async () => {
    const t = await begin();
    let happened = false;
    t.whileWriting(SIGNAL_BUS_FILE, () => {
      happened = true;
      t.cut('signalBus');
    });
    await append(t, 1);
    await append(t, 2);
    await t.start('signalBus', signalBusActor);
    await append(t, 3);
    expect(happened).toBe(true);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(work(t)).toMatchObject({ log: 'idle' });
  });
});

describe('an incarnation that ends late', () => {
  it('closes no log that the next one has opened', async () => {
    const t = await begin();
    await append(t, 1);
    // Told to stop, and cut off while it waits for the disk: what it does goes on behind the next one's opening.
    let ends: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      ends = resolve;
    });
    const { writeWhole } = t.world.files;
    t.world.files.writeWhole = async (path, bytes) => {
      await slow;
      return writeWhole(path, bytes);
    };
    void t.stop('signalBus');
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    t.cut('signalBus');
    const next = t.start('signalBus', signalBusActor);
    while (!('running' in Object(t.snapshot('signalBus').value))) await turn();
    ends();
    await next;
    await append(t, 2);
    expect(await ids(t)).toEqual(['s-1', 's-2']);
    expect(work(t)).toMatchObject({ log: 'idle' });
  });
});

describe('the log', () => {
  it('carries a signal with the figures of its moment, in seconds, without the series behind them', async () => {
    const t = await begin();
    const signal = t.signal('a', { at: START + 1_500 });
    await t.later(3_000);
    await t.post('signalBus', { type: 'EMIT', signal });
    const { returns: _, ...features } = signal.features;
    expect(await t.records(SIGNAL_BUS_FILE)).toEqual([
      {
        event_type: 'signal_generated',
        event_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-/),
        signal_id: signal.signalId,
        timestamp: '2026-01-05T00:00:01.500Z',
        ts: START / 1000 + 1.5,
        source: 'ema_cross',
        signal: {
          symbol: 'BTCUSDT',
          direction: 'LONG',
          ts: START / 1000 + 1.5,
          timestamp: '2026-01-05T00:00:01.500Z',
          price: 100_000,
          strategy: 'ema_cross',
          confidence: 0.6,
          entry_reason: 'a test',
          regime: 'trending',
          features: { ...features, returns: [] },
        },
        state: 'generated',
        seq: 1,
        crc: expect.anything(),
      },
    ]);
  });

  it('stamps every other record with an id of its own and the time at which it came', async () => {
    const t = await begin();
    await t.advance(5_000);
    await append(t, 1, { ts: 1, note: 'kept' });
    await append(t, 2);
    const [one, two] = await t.records(SIGNAL_BUS_FILE);
    expect(one).toMatchObject({
      event_type: 'state_change',
      signal_id: 's-1',
      note: 'kept',
      seq: 1,
      timestamp: '2026-01-05T00:00:05.000Z',
      ts: START / 1000 + 5,
    });
    expect(two?.event_id).not.toBe(one?.event_id);
    expect(context(t)).toMatchObject({ appended: 2, lastSeq: 2, waiting: 0 });
  });

  it('tells each reader what it reads, and of a position whoever may have been restarted since it was booked', async () => {
    const t = await begin();
    const signal = t.signal('a');
    await t.post('signalBus', { type: 'EMIT', signal });
    await append(t, 1);
    await append(t, 2, { event_type: 'order_intent', intent: {} });
    await append(t, 3, { event_type: 'position_change' });
    const told = t.posts
      .filter(({ event }) => event.type === 'BUS.RECORD')
      .map(({ to, event }) => `${to} ${(event.record as { event_type: string }).event_type}`);
    expect(told).toEqual([
      'stateMachine signal_generated',
      'shadowEngine signal_generated',
      'stateMachine state_change',
      'shadowEngine state_change',
      'tradeExecution state_change',
      'tradeExecution order_intent',
      'tradeExecution position_change',
    ]);
    expect(await ids(t)).toEqual([signal.signalId, 's-1', 's-2', 's-3']);
  });

  it('goes on counting after a restart, with the mail that came meanwhile', async () => {
    const t = await begin();
    await append(t, 1);
    await t.stop('signalBus');
    await append(t, 2);
    await t.start('signalBus', signalBusActor);
    await append(t, 3);
    await t.settle();
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(await seqs(t)).toEqual([1, 2, 3]);
    expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
  });
});

describe('a disk that refuses', () => {
  it('is told nobody of a record before it is on disk', async () => {
    const t = await begin();
    const told: number[] = [];
    t.whileWriting(SIGNAL_BUS_FILE, () => told.push(t.sent('stateMachine', 'BUS.RECORD').length));
    await append(t, 1);
    expect(told).toEqual([0]);
    expect(published(t)).toEqual(['s-1']);
  });

  it.each(['append', 'sync'] as const)(
    'loses nothing (%s): order kept, nothing told before, nothing twice',
    async (operation) => {
      const t = await begin();
      await append(t, 1);
      t.refuse(SIGNAL_BUS_FILE, operation);
      await append(t, 2);
      await append(t, 3);
      await t.advance(3_000);
      expect(work(t)).toMatchObject({ log: 'refusing' });
      expect(context(t)).toMatchObject({ appended: 1, waiting: 2, refusingSince: START });
      expect(context(t).refusal).toContain('ENOSPC');
      expect(published(t)).toEqual(['s-1']);
      expect(await ids(t)).toEqual(['s-1']);
      t.accept();
      await t.advance(1_000);
      expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
      expect(await seqs(t)).toEqual([1, 2, 3]);
      expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
      expect(work(t)).toMatchObject({ log: 'idle' });
      expect(context(t)).toMatchObject({ appended: 3, waiting: 0, refusal: null, refusingSince: null });
      const told = t.lines.filter(({ message }) => message.includes(SIGNAL_BUS_FILE));
      expect(told).toEqual([
        { level: 'warn', message: expect.stringMatching(/ENOSPC.* waits and is tried again: 1 record$/) },
        { level: 'info', message: `${SIGNAL_BUS_FILE} takes records again` },
      ]);
    },
  );

  it('leaves no half record that a reader could take for one', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE, 'append', 40);
    await append(t, 1);
    t.accept();
    await t.advance(1_000);
    await append(t, 2);
    expect(await ids(t)).toEqual(['s-1', 's-2']);
    const verdict = await t.world.bus.verify({ full: true });
    expect([verdict.bad, verdict.missingSeq, verdict.duplicateSeq]).toEqual([[], [], []]);
  });

  it('keeps what comes while a batch is being written', async () => {
    const t = await begin();
    t.whileWriting(SIGNAL_BUS_FILE, () => {
      t.habitat.mail.post('signalBus', change(2));
      t.habitat.mail.post('signalBus', change(3));
    });
    await append(t, 1);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(work(t)).toMatchObject({ log: 'idle' });
    expect(context(t)).toMatchObject({ appended: 3, waiting: 0 });
  });

  it('keeps what comes while a batch is being refused, behind it', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE);
    t.whileWriting(SIGNAL_BUS_FILE, () => t.habitat.mail.post('signalBus', change(2)));
    await append(t, 1);
    await append(t, 3);
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(published(t)).toEqual(['s-1', 's-2', 's-3']);
  });

  it('that takes only a part of a long backlog is told the rest only, and its readers hear each once', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE);
    for (let n = 1; n <= 6; n++) t.habitat.mail.post('signalBus', change(n, { note: 'x'.repeat(400_000) }));
    await t.settle();
    t.accept();
    t.whileWriting(SIGNAL_BUS_FILE, () => t.whileWriting(SIGNAL_BUS_FILE, () => t.refuse(SIGNAL_BUS_FILE)));
    await t.advance(1_000);
    const part = published(t);
    expect(part).toEqual(await ids(t));
    expect(part.length).toBeGreaterThan(0);
    expect(part.length).toBeLessThan(6);
    expect(work(t)).toMatchObject({ log: 'refusing' });
    t.accept();
    await t.advance(1_000);
    const all = ['s-1', 's-2', 's-3', 's-4', 's-5', 's-6'];
    expect(await ids(t)).toEqual(all);
    expect(published(t)).toEqual(all);
  });

  it('gets a thousand records that waited, in order', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE);
    for (let n = 0; n < 1_000; n++) t.habitat.mail.post('signalBus', change(n));
    await t.settle();
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(Array.from({ length: 1_000 }, (_, n) => `s-${n}`));
    expect(published(t)).toHaveLength(1_000);
  });

  it('is asked once more before the bus stops', async () => {
    const t = await begin();
    t.refuse(SIGNAL_BUS_FILE);
    await append(t, 1);
    t.accept();
    await restart(t);
    expect(await ids(t)).toEqual(['s-1']);
    expect(published(t)).toEqual(['s-1']);
  });
});

describe('a log that is gone at start', () => {
  const past = async (t: Laboratory) => t.put('logs/signals.jsonl', '{"symbol":"BTCUSDT"}\n');
  const lost = async (options: Parameters<typeof laboratory>[0] = {}) => {
    const t = await laboratory(options);
    await past(t);
    await t.start('signalBus', signalBusActor);
    return t;
  };
  const kinds = async (t: Laboratory) => (await t.records(SIGNAL_BUS_FILE)).map(({ event_type }) => event_type);

  it('is a beginning where no other record exists', async () => {
    const t = await begin();
    expect(work(t)).toMatchObject({ history: 'known' });
    expect(context(t)).toMatchObject({ historyLost: false, historySays: '' });
    await append(t, 1);
    await past(t);
    await restart(t);
    expect(work(t)).toMatchObject({ history: 'known' });
  });

  it('is a beginning where other records are only empty, or prove nothing of trading', async () => {
    const t = await laboratory();
    await t.put('logs/signals.jsonl', '');
    await t.put('logs/bot_out.log', 'hello\n');
    await t.put(POSITIONS_FILE, '{"open_positions": [], "closed_positions": []}\n');
    await t.start('signalBus', signalBusActor);
    expect(work(t)).toMatchObject({ history: 'known' });
  });

  it.each([
    ['logs/signals.jsonl', '{}\n', 'logs/signals.jsonl'],
    ['logs/signal_decisions.jsonl', '{}\n', 'logs/signal_decisions.jsonl'],
    ['logs/shadow_trade_outcomes.jsonl', '{}\n', 'logs/shadow_trade_outcomes.jsonl'],
    ['logs/exit_runtime_events.jsonl', '{}\n', 'logs/exit_runtime_events.jsonl'],
    [POSITIONS_FILE, '{"open_positions": [{}, {}]}\n', `${POSITIONS_FILE} with 2 open positions`],
  ])('is lost where there is %s', async (path, content, words) => {
    const t = await laboratory();
    await t.put(path, content);
    await t.start('signalBus', signalBusActor);
    expect(work(t)).toMatchObject({ history: 'lost' });
    const says = `${SIGNAL_BUS_FILE} was missing at start, but there is ${words}`;
    expect(context(t)).toMatchObject({ historyLost: true, historySays: says });
    expect(await t.records(SIGNAL_BUS_FILE)).toMatchObject([{ event_type: 'history_lost', says, seq: 1 }]);
  });

  it('is lost where the log is there and empty, or the positions file cannot be read', async () => {
    const t = await laboratory();
    await past(t);
    await t.put(SIGNAL_BUS_FILE, '');
    await t.start('signalBus', signalBusActor);
    expect(context(t).historySays).toBe(`${SIGNAL_BUS_FILE} was empty at start, but there is logs/signals.jsonl`);
    const other = await laboratory();
    await other.put(POSITIONS_FILE, '{"open_positions": [');
    await other.start('signalBus', signalBusActor);
    expect(context(other).historySays).toContain(`${POSITIONS_FILE}, which cannot be read`);
  });

  it('stays lost over restarts and new records, and is recorded once', async () => {
    const t = await lost();
    await restart(t);
    await append(t, 1);
    await restart(t);
    expect(work(t)).toMatchObject({ history: 'lost' });
    expect(context(t).historySays).toContain('was missing at start');
    expect(await kinds(t)).toEqual(['history_lost', 'state_change']);
  });

  it('stays lost when the disk refused to record the loss at first', async () => {
    const t = await laboratory();
    await past(t);
    t.refuse(SIGNAL_BUS_FILE);
    await t.start('signalBus', signalBusActor);
    expect(t.snapshot('signalBus').value).toBe('failed');
    t.accept();
    t.cut('signalBus');
    await t.start('signalBus', signalBusActor);
    expect(work(t)).toMatchObject({ history: 'lost' });
    expect(await kinds(t)).toEqual(['history_lost']);
  });

  it('is lost where its end stands nowhere any more, and says which numbers those were (twelve hours, seeds 676 and 733)', async () => {
    const t = await begin();
    await append(t, 1);
    await append(t, 2);
    await t.stop('signalBus');
    const whole = await t.text(SIGNAL_BUS_FILE);
    const handle = await t.world.files.openAppend(SIGNAL_BUS_FILE, { create: false });
    await handle.overwrite(whole.lastIndexOf('s-2'), Buffer.from('###'));
    await handle.close();
    // Whoever opens it remembers what can be read; then somebody puts another file in its place.
    await restart(t);
    await t.stop('signalBus');
    await t.put(SIGNAL_BUS_FILE, '');
    await t.start('signalBus', signalBusActor);
    expect(context(t)).toMatchObject({ historyLost: true, historySays: expect.stringContaining('seq 2 to 2') });
    expect(await t.records(SIGNAL_BUS_FILE)).toMatchObject([
      { signal_id: 's-1', seq: 1 },
      { event_type: 'history_lost', lost: [2, 2], seq: 3 },
    ]);
    expect(await t.world.bus.verify({ full: true })).toMatchObject({ gaps: 0, missingSeq: [[2, 2]] });
  });

  it('is explained when neither the broker nor the positions file holds anything, for good', async () => {
    const t = await lost();
    await t.post('signalBus', repairing('history'));
    expect(work(t)).toMatchObject({ history: 'known' });
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toMatchObject([
      { evidence: { figures: { broker_positions: 0, open_positions: 0 } } },
    ]);
    expect(await kinds(t)).toEqual(['history_lost', 'history_explained']);
    await restart(t);
    expect(work(t)).toMatchObject({ history: 'known' });
  });

  it.each([
    ['the broker holds something', 1, '{"open_positions": []}', /the broker holds 1 positions and .* lists 0/],
    [
      'the positions file lists something',
      0,
      '{"open_positions": [{}]}',
      /the broker holds 0 positions and .* lists 1/,
    ],
  ])('is not explained while %s', async (_, held, file, words) => {
    const t = await lost();
    t.broker.positions = async () =>
      held > 0 ? [{ symbol: 'BTCUSDT', qty: 0.1, entryPrice: null, liquidationPrice: null, markPrice: null }] : [];
    await t.put(POSITIONS_FILE, file);
    await t.post('signalBus', repairing('history'));
    expect(work(t)).toMatchObject({ history: 'lost' });
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([{ error: expect.stringMatching(words) }]);
    expect(await kinds(t)).toEqual(['history_lost']);
  });

  it('is not explained while the positions file cannot be read, or the broker does not answer', async () => {
    const t = await lost();
    await t.put(POSITIONS_FILE, '{"open_positions": [');
    await t.post('signalBus', repairing('history'));
    expect(work(t)).toMatchObject({ history: 'lost' });
    await t.put(POSITIONS_FILE, '{"open_positions": []}');
    t.broker.positions = async () => {
      throw new Error('the exchange does not answer');
    };
    await t.post('signalBus', repairing('history'));
    expect(work(t)).toMatchObject({ history: 'lost' });
    expect(t.sent('healingOperator', 'REMEDY.FAILED').at(-1)).toMatchObject({ error: 'the exchange does not answer' });
  });

  it('is not explained while the disk refuses to record it', async () => {
    const t = await lost();
    t.refuse(SIGNAL_BUS_FILE);
    await t.post('signalBus', repairing('history'));
    expect(work(t)).toMatchObject({ history: 'lost' });
    t.accept();
    await restart(t);
    expect(work(t)).toMatchObject({ history: 'lost' });
  });

  it('while the bus runs is put back whole, and nothing is lost', async () => {
    const t = await begin();
    await append(t, 1);
    await t.world.files.move(SIGNAL_BUS_FILE, 'logs/away.jsonl');
    await t.changed(SIGNAL_BUS_FILE);
    expect(t.snapshot('signalBus').value.running.ground).toBe('damaged');
    await append(t, 2);
    await t.post('signalBus', repairing(SIGNAL_BUS_FILE));
    await append(t, 3);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(await seqs(t)).toEqual([1, 2, 3]);
    expect(work(t)).toMatchObject({ history: 'known' });
  });
});
