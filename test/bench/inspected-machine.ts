/** Transitions a second of a small machine, in a process of its own: `node inspected-machine.ts MODE CONTEXT COUNT`. Prints JSON. */
import { createInspector as createPeer } from '@statelyai/inspect';
import { assign, createActor, type InspectionEvent, setup } from 'xstate';
import { Redactor } from '../../src/adapters/redactor.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import { createRecorder } from '../../src/inspector/recorder.ts';

/** `none`: XState calls an observer that does nothing. `peer`: @statelyai/inspect, whose adapter throws everything away. */
export const MACHINE_MODES = ['off', 'none', 'on', 'page', 'peer'] as const;
export type MachineMode = (typeof MACHINE_MODES)[number];
export type ContextSize = 'small' | 'large';
export interface MachineFigures {
  readonly perSecond: number;
  readonly told: number;
}

const large = Object.fromEntries(
  Array.from({ length: 100 }, (_, i) => [`field${i}`, { at: i, name: `the name of ${i}`, list: [i, i + 1, i + 2] }]),
);

const lamp = (size: ContextSize) =>
  setup({ types: { context: {} as { n: number; more: object } } }).createMachine({
    context: { n: 0, more: size === 'large' ? large : {} },
    initial: 'off',
    states: {
      off: { on: { FLIP: { target: 'on', actions: assign({ n: ({ context }) => context.n + 1 }) } } },
      on: { on: { FLIP: 'off' } },
    },
  });

async function run(mode: MachineMode, size: ContextSize, count: number): Promise<MachineFigures> {
  let told = 0;
  const timer = wallClock({ keepsAlive: false });
  const redactor = new Redactor();
  const observers: Record<MachineMode, () => ((event: InspectionEvent) => void) | undefined> = {
    off: () => undefined,
    none: () => () => undefined,
    on: () => createRecorder({ now: () => timer.now(), timer, redact: (value) => redactor.value(value) }).inspect,
    page: () => {
      const recorder = createRecorder({ now: () => timer.now(), timer, redact: (value) => redactor.value(value) });
      recorder.follow((delta) => {
        told += JSON.stringify(delta).length;
      });
      return recorder.inspect;
    },
    peer: () => {
      const send = () => undefined;
      const peer = createPeer({ send, start: send, stop: send } as never);
      const { inspect } = peer;
      return typeof inspect === 'function' ? inspect : (event) => inspect.next?.(event);
    },
  };
  const inspect = observers[mode]();
  const actor = createActor(lamp(size), inspect ? { inspect } : {}).start();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** In bursts of 200, so that what is put off to later turns is done within the time that is measured. */
  const flip = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done += 200) {
      for (let i = 0; i < 200; i++) actor.send({ type: 'FLIP' });
      await turn();
    }
  };
  await flip(count / 5);
  const began = process.cpuUsage();
  await flip(count);
  const { user, system } = process.cpuUsage(began);
  actor.stop();
  return { perSecond: count / ((user + system) / 1e6), told };
}

if (process.argv[1] === import.meta.filename) {
  const [, , mode = 'off', size = 'small', count = '200000'] = process.argv;
  console.log(JSON.stringify(await run(mode as MachineMode, size as ContextSize, Number(count))));
}
