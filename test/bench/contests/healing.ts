/** What healing costs, and how soon it acts. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assign, createActor, fromTransition, setup } from 'xstate';
import { type Seen, supervise } from '../../../src/healing/index.ts';
import { besideEachOther } from '../beside-each-other.ts';
import { type Contest, median } from '../contest.ts';
import { onOtp } from '../erlang.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Of the bot's time. */
const DAY_HOURS = 24;
const HOURS = Number(process.env.HOURS ?? 2 * DAY_HOURS);

/**
 * A bot runs for weeks. Most invariants are judged four times an hour, and V8 compiles for good what was called some thousand times
 * (`--invocation-count-for-turbofan`): in two days it has hardly begun.
 */
export const healing: Contest = {
  name: 'healing',
  says: 'The whole bot, thirteen components, twenty days of virtual time: ticks with all invariants judged, for each without any',
  unit: 'of the ticks',
  better: 'more',
  us: () => besideEachOther('off', 'unjudged', 20 * DAY_HOURS),
  peers: { 'the first two days': () => besideEachOther('off', 'unjudged', 2 * DAY_HOURS) },
  limit: 0.97,
};

export const inspection: Contest = {
  name: 'inspection',
  says: 'The same, two days: ticks with the recorder and the flight recorder and no page open, for each without inspection',
  unit: 'of the ticks',
  better: 'more',
  us: () => besideEachOther('flight', 'off', HOURS),
  peers: {},
  limit: 0.95,
};

const counter = setup({
  types: {
    context: {} as { count: number; wrong: number | null; brokenAt: number },
    events: {} as
      | { type: 'ADD' }
      | { type: 'BREAK'; what: number }
      | { type: 'REPAIR'; incident: string; from: string },
  },
  actions: { took: () => undefined },
}).createMachine({
  id: 'counter',
  context: { count: 0, wrong: null, brokenAt: 0 },
  on: {
    ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    BREAK: {
      actions: assign({
        wrong: ({ event }) => (event.type === 'BREAK' ? event.what : null),
        brokenAt: () => performance.now(),
      }),
    },
    REPAIR: {
      actions: [
        'took',
        assign({ wrong: null }),
        ({ event, system }) => {
          if (event.type !== 'REPAIR') return;
          const evidence = { says: 'put right', figures: {} };
          system.get(event.from)?.send({ type: 'REMEDY.DONE', incident: event.incident, evidence });
        },
      ],
    },
  },
});

const BREAKS = 300;

/** How long this thread was ready to run and another had the processor, so far, ms; 0 where the kernel does not say (Linux does). */
function waitedForCpu(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** The share of each moment that the machine took, said beside the figure: it counts the time of day all the same. */
function tellOf(waits: readonly { readonly ms: number; readonly queuedMs: number }[]): void {
  const at = (values: readonly number[], share: number): string =>
    ([...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN).toFixed(2);
  const told = (values: readonly number[]): string =>
    `p50 ${at(values, 0.5)}, p90 ${at(values, 0.9)}, p99 ${at(values, 0.99)}, max ${Math.max(...values).toFixed(2)} ms`;
  console.error(`  detection: ${told(waits.map(({ ms }) => ms))}`);
  console.error(`  less what it stood in the queue for a CPU: ${told(waits.map(({ ms, queuedMs }) => ms - queuedMs))}`);
}

/** p99 of the ms from the snapshot that breaks an invariant to the REPAIR in its actor, while 10,000 events a second come. */
async function detection(): Promise<number> {
  const waits: { readonly ms: number; readonly queuedMs: number }[] = [];
  let queuedBefore = 0;
  const logic = counter.provide({
    actions: {
      took: ({ context }) => {
        const ms = performance.now() - context.brokenAt;
        waits.push({ ms, queuedMs: waitedForCpu() - queuedBefore });
      },
    },
  });
  const app = supervise({
    children: [{ id: 'counter', logic }],
    // One each time: an invariant that breaks again and again is given up, as it should be.
    invariants: Array.from({ length: BREAKS }, (_, what) => ({
      id: `counter/is-right-${what}`,
      actor: 'counter',
      broken: ({ context: { wrong } }: Seen) => (wrong === what ? { says: 'it is wrong', figures: {} } : null),
      remedies: [{ type: 'REPAIR' as const, target: 'counter' }],
      // It is about no age: holding once is proof, as of the bot's own. Left out, hundreds of incidents would be watched at a time.
      provenAfterMs: 0,
    })),
    policy: { others: { most: 1_000_000, withinMs: 1 }, recurring: { most: 1_000_000, withinMs: 1 } },
  });
  while (app.status().actors.counter?.status !== 'green') await new Promise((resolve) => setTimeout(resolve, 5));
  const began = performance.now();
  let sent = 0;
  let broken = 0;
  while (waits.length < BREAKS) {
    for (const due = (performance.now() - began) * 10; sent < due; sent++) app.ref('counter')?.send({ type: 'ADD' });
    if (broken === waits.length && sent / 50 > broken) {
      broken++;
      queuedBefore = waitedForCpu();
      app.ref('counter')?.send({ type: 'BREAK', what: broken - 1 });
    }
    await turn();
    if (performance.now() - began > 120_000) throw new Error(`${waits.length} of ${broken} were found in two minutes`);
  }
  await app.stop();
  // The first hundred warm up.
  const warm = waits.slice(100);
  tellOf(warm);
  const sorted = warm.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

export const detected: Contest = {
  name: 'detection',
  says: 'p99 from the snapshot that breaks an invariant to its REMEDY in the actor, at 10,000 events a second',
  unit: 'ms',
  better: 'less',
  us: detection,
  peers: {},
  limit: 1,
};

/** About 1 kB of state. */
const STATE = { rows: Array.from({ length: 32 }, (_, n) => ({ id: n, price: 100_000 + n })) };
const worker = fromTransition((state: typeof STATE, event: { type: string; to?: (size: number) => void }) => {
  if (event.type === 'CRASH') throw new Error('crash');
  event.to?.(state.rows.length);
  return state;
}, STATE);

/** V8 has compiled for good what was called 3,000 times (`--invocation-count-for-turbofan`); OTP's code is compiled before it runs. */
const COMPILED_AFTER = 10_000;

/**
 * Median µs from the event that crashes it to the first answer of its next incarnation, which goes on with the state.
 * @param log told why it ended, each time
 */
async function restarts(from: number, to: number, log: (words: string) => void = () => undefined): Promise<number> {
  const app = supervise({
    children: [{ id: 'worker', logic: worker, restore: true }],
    intensity: { most: 1_000_000, withinMs: 1 },
    backoff: { firstMs: 0, capMs: 0 },
    log,
  });
  while (app.ref('worker') === null) await new Promise((resolve) => setTimeout(resolve, 5));
  const waits: number[] = [];
  for (let i = 0; i < to; i++) {
    await turn();
    const began = performance.now();
    waits.push(
      await new Promise<number>((resolve) => {
        app.post('worker', { type: 'CRASH' });
        app.post('worker', { type: 'SIZE', to: () => resolve(performance.now() - began) });
      }),
    );
  }
  await app.stop();
  return median(waits.slice(from)) * 1_000;
}

/** The same, and each end is written to a file before it is mended. */
async function reportedRestarts(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-bench-reports-'));
  const file = openSync(join(dir, 'reports.log'), 'a');
  try {
    return await restarts(COMPILED_AFTER, COMPILED_AFTER + 3_000, (words) => void writeSync(file, `${words}\n`));
  } finally {
    closeSync(file);
    rmSync(dir, { recursive: true });
  }
}

export const restart: Contest = {
  name: 'restart',
  says: 'Median from the crash of a supervised component with 1 kB of state to the first answer of its next incarnation; why it ended is written to a file',
  unit: 'µs',
  better: 'less',
  us: reportedRestarts,
  peers: { 'an OTP supervisor and gen_server, as they come': () => onOtp('reported_restart', 100) },
  wanted: { 'an OTP supervisor and gen_server, as they come': 1 },
};

export const unreportedRestart: Contest = {
  name: 'restart-unreported',
  says: 'The same where nobody is told why it ended, and the logger of OTP is turned off',
  unit: 'µs',
  better: 'less',
  us: () => restarts(COMPILED_AFTER, COMPILED_AFTER + 3_000),
  peers: {
    'ours, the first hundred': () => restarts(0, 100),
    'ours, the second thousand': () => restarts(1_000, 2_000),
    // At each restart OTP's supervisor goes through those of the last second: a hundred of them, or that is what is timed.
    'an OTP supervisor and gen_server': () => onOtp('restart', 100),
    'an XState root actor from a snapshot, nobody supervises': async () => {
      const waits: number[] = [];
      const kept = createActor(worker).start().getPersistedSnapshot();
      for (let i = 0; i < COMPILED_AFTER + 3_000; i++) {
        await turn();
        const began = performance.now();
        const actor = createActor(worker, { snapshot: kept }).start();
        actor.send({ type: 'SIZE', to: () => waits.push(performance.now() - began) });
      }
      return median(waits.slice(COMPILED_AFTER)) * 1_000;
    },
  },
  wanted: { 'an OTP supervisor and gen_server': 1 },
};
