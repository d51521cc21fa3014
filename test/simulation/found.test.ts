/** What the simulator found in the bot, each cut down to what it takes. */
import { describe, expect, it } from 'vitest';
import { ESCALATION_FILE, LEDGER_FILE } from '../../src/actors/healing-operator.ts';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { fileQuarantine, QUARANTINE_INDEX, quarantineEntries } from '../../src/adapters/file-quarantine.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { cutOff } from '../../src/healing/cut-off.ts';
import type { Life } from '../../src/sim/life.ts';
import type { Script } from '../../src/sim/script.ts';
import { SimDisk } from '../../src/sim/sim-disk.ts';
import { simulate } from '../../src/sim/simulate.ts';

const MINUTE = 60_000;
const SCRIPT: Script = {
  seed: 1,
  faultyMs: 10 * MINUTE,
  setting: { symbols: 1, tickMs: MINUTE, speed: 20, restless: true, stops: false, durability: 'synced', mirror: false },
  faults: [],
};

/** Runs a calm world in which things are done to the bot, each once, some time after its start. */
async function when(acts: readonly (readonly [atMs: number, act: (life: Life) => void])[]) {
  const incidents = new Map<string, string>();
  const left = [...acts];
  let bornAt = 0;
  const outcome = await simulate(SCRIPT, {
    observer: {
      born: ({ bot, clock }) => {
        bornAt = clock.now();
        bot.board.recorded.subscribe(({ incident_id, invariant }) => void incidents.set(incident_id, invariant));
      },
      looked: (life) => {
        while (left[0] && life.clock.now() - bornAt >= left[0][0]) left.shift()?.[1](life);
      },
    },
  });
  const about = (invariant: string): number => [...incidents.values()].filter((one) => one === invariant).length;
  return { ...outcome, about };
}
/** As an inspector that threw leaves it (research/xstate.md §0.5). */
const wedge = (actor: string) => (life: Life) => {
  const { mailbox } = life.bot.mailboxes.ref(actor) as unknown as { mailbox: { _current: unknown; _last: unknown } };
  mailbox._current = { value: { type: 'never taken' }, next: null };
  mailbox._last = mailbox._current;
};
const cut = (actor: string) => (life: Life) => {
  const ref = life.bot.mailboxes.ref(actor);
  if (ref) cutOff(ref);
};
const send = (actor: string, event: { readonly type: string }) => (life: Life) =>
  life.bot.mailboxes.ref(actor)?.send(event);

/** The disk takes no state of the kill switch any more. */
const refuseItsState = ({ world: { store } }: Life): void => {
  const save = store.save.bind(store);
  store.save = async (name, value) => {
    if (name === ESCALATION_FILE) throw new Error('the disk refuses it');
    await save(name, value);
  };
};
const restart = (id: string) => (life: Life) =>
  life.bot.root.send({ type: 'RESTART_CHILD', id, scope: 'one', incident: 'a test', reason: 'a test', from: 'a test' });

/** The disk takes longer over the next state of the healing than anybody waits for the end of a healer. */
const takeLongOnce = ({ world: { store }, clock }: Life): void => {
  const save = store.save.bind(store);
  let isNext = true;
  store.save = async (name, value) => {
    const takesLong = isNext && name === ESCALATION_FILE;
    if (takesLong) isNext = false;
    if (takesLong) await new Promise((go) => void clock.setTimeout(() => go(null), 60_000));
    await save(name, value);
  };
};
const trip = (life: Life): void =>
  send('healingOperator', { type: 'TRIP', reason: 'a test', at: life.clock.now(), by: [] } as { type: string })(life);

describe('the bot', () => {
  it.each(['safetyLayer', 'healingOperator'])(
    'keeps entries blocked over a restart of its %s, whatever the disk says of the kill switch',
    async (actor) => {
      const seen: boolean[] = [];
      const look = ({ bot }: Life): void =>
        void seen.push(bot.mailboxes.ref('safetyLayer')?.getSnapshot().context.entries.open);
      await when([
        [2 * MINUTE, refuseItsState],
        [2 * MINUTE, look],
        [2 * MINUTE, trip],
        // Behind one sweep, and before the next.
        [2.2 * MINUTE, send(actor, { type: 'STOP' })],
        [2.5 * MINUTE, look],
        [2.7 * MINUTE, send('safetyLayer', { type: 'STOP' })],
        [2.9 * MINUTE, look],
        [5 * MINUTE, look],
      ]);
      expect(seen).toEqual([true, false, false, false]);
    },
  );

  it('does not forget what it has spent of its budgets when a healer starts anew on a disk that refuses', async () => {
    const spent: number[] = [];
    const count = ({ bot }: Life): void =>
      void spent.push(bot.board.round('healingOperator').spent.get('exitGates RESTART')?.length ?? 0);
    await when([
      [2 * MINUTE, refuseItsState],
      [2 * MINUTE, send('exitGates', { type: 'STOP' })],
      [2.3 * MINUTE, count],
      [2.3 * MINUTE, send('healingOperator', { type: 'STOP' })],
      [2.7 * MINUTE, count],
    ]);
    expect(spent).toEqual([1, 1]);
  });

  it('saves again what the disk has refused of its state, though an earlier save that was under way is done after that was asked', async () => {
    /** The next save is as it should be, and the one after it is refused. */
    const refuseTheSecond = ({ world: { store } }: Life): void => {
      const save = store.save.bind(store);
      let calls = 0;
      store.save = async (name, value) => {
        if (name === ESCALATION_FILE && ++calls === 2) throw new Error('the disk refuses it');
        await save(name, value);
      };
    };
    const trip = (...by: readonly string[]) => send('healingOperator', { type: 'TRIP', reason: 'a test', by } as never);
    let onDisk: unknown = null;
    const read = async ({ world: { files } }: Life): Promise<void> => {
      onDisk = JSON.parse(Buffer.from((await files.read(ESCALATION_FILE)) ?? []).toString('utf8')).tripped_by;
    };
    await when([
      [2 * MINUTE, refuseTheSecond],
      [2 * MINUTE, trip('a_component/one')],
      [2 * MINUTE, trip('a_component/two')],
      [4 * MINUTE, (life) => void life.pending.track(read(life))],
    ]);
    expect(onDisk).toEqual(['a_component/one', 'a_component/two']);
  });

  it('blocks entries for what is given up though the keeper of the kill switch is deaf, and keeps that', async () => {
    const seen: unknown[] = [];
    const look = ({ bot, world: { files }, pending }: Life): void => {
      const { open } = bot.mailboxes.ref('safetyLayer')?.getSnapshot().context.entries ?? {};
      const read = files.read(ESCALATION_FILE).then((bytes) => {
        const isKept: boolean = JSON.parse(Buffer.from(bytes ?? []).toString('utf8')).soft_kill_switch_active;
        seen.push({ open, isKept });
      });
      void pending.track(read);
    };
    await when([
      [2 * MINUTE, look],
      [2 * MINUTE, cut('architectureHealing')],
      [2 * MINUTE, wedge('healingOperator')],
      [5.5 * MINUTE, look],
    ]);
    expect(seen).toEqual([
      { open: true, isKept: false },
      { open: false, isKept: true },
    ]);
  });

  it('blocks entries for what is given up though the keeper of the kill switch, which is deaf, cannot open again', async () => {
    /** The disk has no state of the kill switch any more. */
    const withholdItsState = ({ world: { store } }: Life): void => {
      const refuse = (): Promise<never> => Promise.reject(new Error('the disk refuses it'));
      Object.assign(store, { load: refuse, save: refuse });
    };
    /** Whether its keeper is open, and whether entries are, at looks from the restart on. */
    const seen: (readonly [keeper: boolean, entries: boolean])[] = [];
    let isRestarted = false;
    const restartWhenGivenUp = (life: Life): void => {
      const { board, mailboxes } = life.bot;
      const isOpen = (id: string): boolean => mailboxes.ref(id)?.getSnapshot().hasTag('open') === true;
      if (isRestarted)
        seen.push([isOpen('healingOperator'), mailboxes.ref('safetyLayer')?.getSnapshot().context.entries.open]);
      else if (board.openIncidents().some(({ phase }) => phase === 'failed')) {
        isRestarted = true;
        restart('healingOperator')(life);
      }
    };
    await when([
      [2 * MINUTE, withholdItsState],
      [2 * MINUTE, cut('architectureHealing')],
      [2 * MINUTE, wedge('healingOperator')],
      ...Array.from({ length: 25 }, (_, i) => [(2.2 + i / 6) * MINUTE, restartWhenGivenUp] as const),
    ]);
    expect(seen.slice(0, 3)).toEqual([
      [false, false],
      [false, false],
      [false, false],
    ]);
  });

  it('keeps what reaches its bus while that is ending for the bus that comes after it', async () => {
    const seen: boolean[] = [];
    const record = { event_type: 'a_test', signal_id: 'a signal of a test' };
    const look = ({ world }: Life): void =>
      void world.files.read(SIGNAL_BUS_FILE).then((bytes) => seen.push(Buffer.from(bytes ?? []).includes('a_test')));
    await when([
      [2 * MINUTE, send('signalBus', { type: 'STOP' })],
      [2 * MINUTE, ({ bot }) => bot.mailboxes.post('signalBus', { type: 'APPEND', record })],
      [2 * MINUTE, look],
      [4 * MINUTE, look],
    ]);
    expect(seen).toEqual([false, true]);
  });

  it('has no second healer at work after one fell over an answer that is none', async () => {
    const { wrong, about } = await when([
      [2 * MINUTE, send('architectureHealing', { type: 'REMEDY.DONE' })],
      [5 * MINUTE, send('stateMachine', { type: 'STOP' })],
    ]);
    expect(about('state_machine/alive')).toBe(1);
    expect(wrong).toEqual([]);
  });

  it('goes on with its ledger when a healer that was cut off while it ended ends after the next one began', async () => {
    const written: boolean[] = [];
    const look = ({ world }: Life): void =>
      void world.files
        .read(LEDGER_FILE)
        .then((bytes) => written.push(Buffer.from(bytes ?? []).includes('exit_gates/alive')));
    await when([
      [2 * MINUTE, takeLongOnce],
      [2 * MINUTE, restart('healingOperator')],
      [4 * MINUTE, look],
      [4 * MINUTE, send('exitGates', { type: 'STOP' })],
      [6 * MINUTE, look],
    ]);
    expect(written).toEqual([false, true]);
  });

  it('brings back the healer of the architecture when it is deaf', async () => {
    const { wrong, about, simulatedMs } = await when([[2 * MINUTE, wedge('architectureHealing')]]);
    expect(about('architectureHealing/sweeps')).toBe(1);
    expect(wrong).toEqual([]);
    expect(simulatedMs).toBeLessThan(20 * MINUTE);
  });

  it('leaves no deaf healer behind when the one above it is started anew', async () => {
    const { wrong, about } = await when([
      [2 * MINUTE, wedge('architectureHealing')],
      [2 * MINUTE, send('healingOperator', { type: 'STOP' })],
      [5 * MINUTE, send('stateMachine', { type: 'STOP' })],
    ]);
    expect(about('state_machine/alive')).toBe(1);
    expect(wrong).toEqual([]);
  });
});

it('whoever resumes what was tripped without a reason is in the ledger, in a record that can be read', async () => {
  const { wrong } = await when([
    [60_000, send('healingOperator', { type: 'TRIP' })],
    [120_000, (life) => void life.bot.resume({ reason: 'a test', by: 'somebody', force: true })],
  ]);
  expect(wrong).toEqual([]);
}, 300_000);

it('a person who asks for a pause in the moment of the start is waited for, not sent away', async () => {
  const said: string[] = [];
  const { wrong } = await simulate(SCRIPT, {
    observer: {
      born: ({ bot }) =>
        void bot
          .pause({ reason: 'a test', by: 'somebody' })
          .then(({ paused, says }) => said.push(`${paused}: ${says}`)),
    },
  });
  expect(said).toEqual([expect.stringMatching(/^true: entries are blocked/)]);
  expect(wrong).toEqual([]);
}, 300_000);

it('what was tripped without a reason is on the disk, in a state that can be read', async () => {
  const { wrong } = await when([[60_000, send('healingOperator', { type: 'TRIP' })]]);
  expect(wrong).toEqual([]);
}, 300_000);

/** No mail of this type reaches the actor any more, until it is restarted. */
const withhold = (actor: string, type: string) => (life: Life) => {
  const { mailboxes } = life.bot;
  const post = mailboxes.post.bind(mailboxes);
  const ref = mailboxes.ref(actor);
  mailboxes.post = (to, event) => {
    if (to !== actor || event.type !== type || mailboxes.ref(actor) !== ref) post(to, event);
  };
};

it('who is wedged is found by his mail, also where nobody writes to him', async () => {
  const { wrong, about } = await when([
    [2 * MINUTE, withhold('decisionTracker', 'TRACK')],
    [2 * MINUTE, wedge('decisionTracker')],
  ]);
  expect([wrong, about('decision_tracker/mail-drains')]).toEqual([[], 1]);
});

it('is not at rest by what was found before the last fault: who stands still is as green as his last look', async () => {
  const { wrong, about } = await when([[9.5 * MINUTE, withhold('fileIntegrity', 'CHECK')]]);
  expect(wrong).toEqual([]);
  expect(about('file_integrity/verifies-in-time')).toBeGreaterThan(0);
}, 300_000);

it('reads a large log while no time of the simulated bot passes, as a real one reads it while next to none does', async () => {
  const lines = Buffer.from(`${JSON.stringify({ text: 'x'.repeat(990) })}\n`.repeat(4_000));
  let tookMs: number | null = null;
  const read = async ({ world, clock }: Life): Promise<void> => {
    await world.files.writeWhole('logs/large.jsonl', lines);
    const before = clock.now();
    await world.logs.log('logs/large.jsonl', { sequenced: false }).open({ create: 'never' });
    tookMs = clock.now() - before;
  };
  const { wrong } = await when([[MINUTE, (life) => void life.pending.track(read(life))]]);
  expect(wrong).toEqual([]);
  expect(tookMs).toBe(0);
}, 300_000);

it.each([
  ['this process', 0],
  ['the next', 1],
])(
  'the index of the quarantine gets an entry again whose sync failed, from %s: its next sync would say nothing of it',
  async (_, next) => {
    const disk = new SimDisk({ chance: () => 0.5 });
    disk.dieAt(Number.POSITIVE_INFINITY);
    const process = () => fileQuarantine(disk.files(), new VirtualClock(0));
    const processes = [process(), process()];
    await processes[0]?.keep('logs/a.jsonl', 0, Buffer.from('one'), 'a test');
    const end = disk.suffer({ unsyncable: true });
    await expect(processes[0]?.keep('logs/a.jsonl', 9, Buffer.from('two'), 'a test')).rejects.toThrow('EIO');
    end();
    await processes[next]?.keep('logs/a.jsonl', 9, Buffer.from('two'), 'a test');
    const durable = quarantineEntries(disk.inode(QUARANTINE_INDEX)?.durable ?? Buffer.alloc(0));
    expect(durable.map(({ offset }) => offset).sort()).toEqual([0, 9]);
    expect(await process().list()).toHaveLength(2);
  },
);
