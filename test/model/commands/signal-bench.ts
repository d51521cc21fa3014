/** The state machine of signals on a real bus: what can be told to both, and what of it is known, and in the log. */
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { signalBusActor } from '../../../src/actors/signal-bus.ts';
import { stateMachineActor } from '../../../src/actors/state-machine.ts';
import type { Signal } from '../../../src/machines/messages.ts';
import { ordered, repairing } from '../../actors/laboratory.ts';
import { features } from '../../actors/samples.ts';
import { habitatOn, type OnDisk } from './habitat-on.ts';

/** Nothing happens of itself: what comes with time is told by the test. */
const RARELY = { pace: { lookMs: 1e9, checkMs: 1e9 } };

export class SignalBench {
  #world: OnDisk;
  /** Expiries that were ordered of this process. */
  expiries = 0;

  private constructor(world: OnDisk) {
    this.#world = world;
  }

  static async begin(): Promise<SignalBench> {
    const bench = new SignalBench(await habitatOn(RARELY));
    await bench.#start();
    return bench;
  }

  get now(): number {
    return this.#world.habitat.clock.now();
  }

  /** The figures of this moment. */
  async figures() {
    await this.#world.habitat.post('stateMachine', { type: 'CHECK', at: this.now });
    return this.#world.habitat.snapshot('stateMachine').context.figures;
  }

  async emit(signalId: string): Promise<void> {
    const at = this.now;
    const symbol = 'BTCUSDT';
    const signal: Signal = {
      ...{ signalId, symbol, direction: 'LONG', strategy: 'ema_cross', confidence: 0.6, reason: 'a test', at },
      ...{ price: 100_000, features: features({ symbol, at, price: 100_000 }) },
    };
    await this.#world.habitat.post('signalBus', { type: 'EMIT', signal });
  }

  #ask(signalId: string, to: string): void {
    const asked = { signalId, to, reason: null, metadata: {}, by: 'test' };
    this.#world.habitat.habitat.mail.post('stateMachine', { type: 'TRANSITION', ...asked });
  }

  async move(signalId: string, to: string): Promise<void> {
    this.#ask(signalId, to);
    await this.#world.habitat.settle();
  }

  /** It is asked for, and all is over before it is on disk. */
  async moveAndDie(signalId: string, to: string): Promise<void> {
    this.#ask(signalId, to);
    this.#world.habitat.cut('stateMachine');
    this.#world.habitat.cut('signalBus');
    await this.#world.habitat.settle();
    this.#world = await habitatOn(RARELY, this.#world);
    this.expiries = 0;
    await this.#start();
  }

  async intent(signalId: string, fate: string): Promise<void> {
    await this.#world.habitat.post('stateMachine', { type: 'INTENT', signalId, fate });
  }

  async expire(which: { readonly signalIds: readonly string[] } | { readonly olderThan: number }): Promise<void> {
    this.expiries++;
    const incident = `i-${this.expiries}`;
    await this.#world.habitat.post('stateMachine', { type: 'EXPIRE', ...ordered, incident, ...which });
    await this.wait(0);
  }

  /** What came of the expiries: how many were expired, or that none could be. */
  expired(): readonly (readonly [incident: unknown, expired: number | 'none'])[] {
    const { habitat } = this.#world;
    const done = habitat
      .sent('healingOperator', 'REMEDY.DONE')
      .filter(({ evidence }) => 'expired' in figuresOf(evidence));
    return [
      ...done.map(({ incident, evidence }) => [incident, Number(figuresOf(evidence).expired)] as const),
      ...habitat.sent('healingOperator', 'REMEDY.FAILED').map(({ incident }) => [incident, 'none'] as const),
    ].sort(([a], [b]) => Number(String(a).slice(2)) - Number(String(b).slice(2)));
  }

  async restart(how: 'stop' | 'cut'): Promise<void> {
    if (how === 'stop') await this.#world.habitat.stop('stateMachine');
    else this.#world.habitat.cut('stateMachine');
    await this.#world.habitat.start('stateMachine', stateMachineActor);
  }

  async checkpoint(): Promise<void> {
    await this.#world.habitat.post('signalBus', repairing('checkpoint'));
  }

  refuse(): void {
    this.#world.faults.push({ operation: 'append', path: SIGNAL_BUS_FILE, code: 'ENOSPC' });
  }

  async accept(): Promise<void> {
    this.#world.faults.length = 0;
    await this.#world.habitat.post('signalBus', { type: 'CHECK', at: this.now });
  }

  async wait(ms: number): Promise<void> {
    await this.#world.habitat.advance(ms);
  }

  /** The states each signal went through, by the log. */
  async logged(): Promise<Map<string, string[]>> {
    const told = new Map<string, string[]>();
    for (const { event_type, signal_id, new_state } of await this.#world.habitat.records(SIGNAL_BUS_FILE)) {
      const id = String(signal_id);
      if (event_type === 'signal_generated') told.set(id, ['generated']);
      if (event_type === 'state_change') told.get(id)?.push(String(new_state));
    }
    return told;
  }

  async end(): Promise<void> {
    await this.#world.habitat.end();
  }

  async #start(): Promise<void> {
    await this.#world.habitat.start('signalBus', signalBusActor);
    await this.#world.habitat.start('stateMachine', stateMachineActor);
  }
}

const figuresOf = (evidence: unknown) => (evidence as { figures: Record<string, unknown> }).figures;
