/** A component that keeps a log on a real disk, what can befall both, and what somebody else finds in the file. */
import { appendFile, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { DECISIONS_FILE, decisionTrackerActor } from '../../../src/actors/decision-tracker.ts';
import type { Habitat } from '../../../src/actors/effects.ts';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { signalBusActor } from '../../../src/actors/signal-bus.ts';
import { checkLine } from '../../../src/adapters/log-line.ts';
import type { TestHabitat } from '../../actors/habitat.ts';
import { repairing } from '../../actors/laboratory.ts';
import type { Fault } from '../../faults/faulty-files.ts';
import { habitatOn, type OnDisk } from './habitat-on.ts';

export interface Keeper {
  readonly id: 'decisionTracker' | 'signalBus';
  readonly make: (habitat: Habitat) => AnyStateMachine;
  readonly path: string;
  readonly sequenced: boolean;
  readonly tell: (n: number) => { readonly type: string; readonly record: Readonly<Record<string, unknown>> };
}

export const KEEPERS: readonly Keeper[] = [
  {
    id: 'decisionTracker',
    make: decisionTrackerActor,
    path: DECISIONS_FILE,
    sequenced: false,
    tell: (n) => ({ type: 'TRACK', record: { event_type: 'signal_decision', signal_id: `s-${n}`, ts: n } }),
  },
  {
    id: 'signalBus',
    make: signalBusActor,
    path: SIGNAL_BUS_FILE,
    sequenced: true,
    tell: (n) => ({
      type: 'APPEND',
      record: { event_type: 'state_change', signal_id: `s-${n}`, old_state: 'generated', new_state: 'evaluating' },
    }),
  },
];

export interface Line {
  readonly offset: number;
  readonly text: string;
  readonly kind: 'blank' | 'good' | 'bad';
  /** Of `s-N`; `null` where it is no record of ours. */
  readonly n: number | null;
  readonly seq: number | null;
}

/** Damage that leaves no line of JSON. */
export const GARBLE = '######';

export class LogBench {
  readonly keeper: Keeper;
  #world: OnDisk;
  #actor: AnyActorRef | null = null;
  /** Orders of repairs that were given. */
  ordered = 0;

  private constructor(keeper: Keeper, world: OnDisk) {
    this.keeper = keeper;
    this.#world = world;
  }

  get #habitat(): TestHabitat {
    return this.#world.habitat;
  }

  static async begin(keeper: Keeper): Promise<LogBench> {
    const bench = new LogBench(keeper, await habitatOn());
    await bench.#start();
    return bench;
  }

  get file(): string {
    return join(this.#habitat.dir, this.keeper.path);
  }

  get context() {
    return this.#habitat.snapshot(this.keeper.id).context;
  }

  get phase(): string {
    const { value } = this.#habitat.snapshot(this.keeper.id);
    return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
  }

  /** How many were not taken yet. */
  get waiting(): number {
    return this.keeper.sequenced ? this.context.waiting : this.context.recorder.waiting;
  }

  async tell(ns: readonly number[]): Promise<void> {
    for (const n of ns) this.#habitat.habitat.mail.post(this.keeper.id, this.keeper.tell(n));
    await this.#habitat.settle();
  }

  /** They are told, and it is over with it before anything is on disk. */
  async tellAndDie(ns: readonly number[], how: 'component' | 'process'): Promise<void> {
    for (const n of ns) this.#habitat.habitat.mail.post(this.keeper.id, this.keeper.tell(n));
    await this.die(how);
  }

  /** Without a word: the component, and another begins in the same process; or the process. */
  async die(how: 'component' | 'process', torn = ''): Promise<void> {
    this.#habitat.cut(this.keeper.id);
    await this.#habitat.settle();
    if (torn !== '') await appendFile(this.file, torn);
    if (how === 'process') {
      this.#world = await habitatOn({}, this.#world);
      this.ordered = 0;
    }
    await this.#start();
  }

  async stopAndStart(): Promise<void> {
    await this.#habitat.stop(this.keeper.id);
    await this.#start();
  }

  async wait(ms: number): Promise<void> {
    await this.#habitat.advance(ms);
  }

  refuse(operation: Fault['operation'], short: number): void {
    this.#world.faults.push({ operation, path: this.keeper.path, code: 'ENOSPC', short });
  }

  accept(): void {
    this.#world.faults.length = 0;
  }

  async repair(): Promise<void> {
    this.ordered++;
    // Past the mailbox, as a healer's orders go: also to one that could not open.
    this.#actor?.send({ ...repairing('log'), incident: `i-${this.ordered}` });
    await this.wait(0);
  }

  /** Answers to repairs that were given, by incident. */
  answers(): { readonly done: readonly unknown[]; readonly failed: readonly unknown[] } {
    const told = (type: string) => this.#habitat.sent('healingOperator', type).map(({ incident }) => incident);
    return { done: told('REMEDY.DONE'), failed: told('REMEDY.FAILED') };
  }

  /** What is in the file, line by line, as a stranger reads it; nothing where it is not. */
  async lines(): Promise<readonly Line[]> {
    const bytes = await readFile(this.file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const lines: Line[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const end = bytes.indexOf(0x0a, offset);
      const line = bytes.subarray(offset, end < 0 ? bytes.length : end);
      const checked = checkLine(line, 'record', { sequenced: this.keeper.sequenced });
      const record = checked.kind === 'good' ? checked.record : null;
      const [, n] = /^s-(\d+)$/.exec(String(record?.signal_id)) ?? [];
      lines.push({
        offset,
        text: line.toString(),
        kind: checked.kind,
        n: n === undefined ? null : Number(n),
        seq: checked.kind === 'good' ? checked.seq : null,
      });
      offset += line.length + 1;
    }
    return lines;
  }

  /** Somebody writes over the beginning of a line. */
  async garble(n: number): Promise<void> {
    const line = (await this.lines()).find((one) => one.n === n);
    if (!line) throw new Error(`there is no line of s-${n} to garble`);
    const handle = await open(this.file, 'r+');
    await handle.write(GARBLE, line.offset);
    await handle.close();
  }

  async endsWell(): Promise<boolean> {
    const bytes = await readFile(this.file);
    return bytes.length === 0 || bytes.at(-1) === 0x0a;
  }

  async append(text: string): Promise<void> {
    await appendFile(this.file, text);
  }

  async remove(): Promise<void> {
    await rm(this.file);
  }

  async replace(text: string): Promise<void> {
    await rm(this.file, { force: true });
    await writeFile(this.file, text);
  }

  /** Everything that was set aside, as one text. */
  async quarantine(): Promise<string> {
    const folder = join(this.#habitat.dir, 'quarantine');
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const kept = names.filter((name) => name.endsWith('.bin'));
    return (await Promise.all(kept.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  }

  async end(): Promise<void> {
    this.accept();
    await this.#habitat.end();
  }

  async #start(): Promise<void> {
    this.#actor = await this.#habitat.start(this.keeper.id, this.keeper.make);
  }
}
