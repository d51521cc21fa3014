import { createActor } from 'xstate';
import { POLICY } from '../../cli/guardian/policy.ts';
import { guardian } from '../../healing/guardian.ts';
import { withFastPath } from '../../machines/compile/fast-path.ts';
import { provided } from '../../machines/compile/provided.ts';
import type { Chance } from '../../ports/chance.ts';
import { beginLife, type Life } from '../life.ts';
import type { Outside } from './outside.ts';
import { SWEEP_MS } from './setup.ts';
import type { Writers } from './writers.ts';

/** Its guardian believes a process for eight seconds after a beat. */
const BEAT_MS = 6_000;
/** From the loss of power until the guardian runs again, ms. */
const BOOT_MS = [20_000, 120_000] as const;
/** Until somebody starts a bot again that its guardian has given up, ms. */
const NOTICED_MS = [300_000, 900_000] as const;

const between = ([least, most]: readonly [number, number], chance: Chance): number =>
  least + Math.floor(chance.next() * (most - least));

/** The machine the bot runs on: one process at a time under its guardian, and somebody who comes by when that has given up. */
export class Host {
  readonly #outside: Outside;
  readonly #writers: Writers;
  readonly #chance: Chance;
  #guardian: ReturnType<Host['guard']> | null = null;
  /** Counts starts: what an earlier one still does is void. */
  #births = 0;
  #beginning = false;
  /** What the medium loses when the process dies; `null` where only the process does. */
  #powerLoss: Chance | null = null;
  #life: Life | null = null;
  /** How often it was started again, by whom. */
  readonly starts = { guardian: 0, gaveUp: 0 };

  constructor(outside: Outside, writers: Writers, chance: Chance) {
    this.#outside = outside;
    this.#writers = writers;
    this.#chance = chance;
  }

  /** The process, once it runs; `null` while there is none. */
  get life(): Life | null {
    return this.#life?.alive ? this.#life : null;
  }

  get lives(): number {
    return this.#outside.epoch;
  }

  /** Work is under way that a turn of the event loop may bring on. */
  get isWorking(): boolean {
    return this.#beginning || (this.#life?.pending.count ?? 0) > 0;
  }

  powerOn(): void {
    if (this.#guardian !== null) return;
    this.#guardian = this.guard();
    this.#guardian.start();
    this.#beat();
  }

  /** The process dies at its n-th call of the disk from now on, or at the next sync of a file after that; the machine with it where `powerLoss` says what gets lost. */
  dieAt(call: number, powerLoss: Chance | null, sync: string | null = null): void {
    if (this.#births === 0) return;
    this.#powerLoss = powerLoss;
    this.#outside.disk.dieAt(call, sync);
  }

  /** Nothing of what may have been about to kill it does so any more. */
  spare(): void {
    if (!this.#outside.disk.dead) this.#outside.disk.dieAt(Number.POSITIVE_INFINITY);
    this.#powerLoss = null;
  }

  /** To be called whenever the world has come to rest: what died is buried. */
  settle(): void {
    const { disk, clock, observer } = this.#outside;
    if (!disk.dead) return;
    const dead = this.#life;
    this.#life = null;
    this.#births++;
    this.#beginning = false;
    dead?.end();
    const lost = this.#powerLoss;
    this.#powerLoss = null;
    if (lost) disk.recover(() => lost.next());
    else disk.revive();
    if (dead) observer.died(dead);
    if (lost === null) {
      this.#guardian?.send({ type: 'EXITED', code: null, signal: 'SIGKILL' });
      return;
    }
    this.#dismiss();
    clock.setTimeout(() => this.powerOn(), between(BOOT_MS, lost));
  }

  /** A clean stop by hand. */
  async stop(step: () => Promise<boolean>): Promise<void> {
    const life = this.#life;
    this.#dismiss();
    if (!life) return;
    life.bot.stop();
    let stopped = false;
    life.bot.stopped
      .then(() => life.leave())
      .then(() => {
        stopped = true;
      });
    while (!stopped && (await step()));
    life.end();
    this.#life = null;
    this.#outside.observer.died(life);
  }

  /** Somebody who was told stops it cleanly, and starts it again. */
  async startAnew(step: () => Promise<boolean>): Promise<void> {
    await this.stop(step);
    this.powerOn();
  }

  /** The guardian goes with its machine, and starts nothing any more. */
  #dismiss(): void {
    const actor = this.#guardian;
    this.#guardian = null;
    actor?.stop();
  }

  private guard() {
    const { clock, disk } = this.#outside;
    const machine = provided(guardian(POLICY, { now: () => clock.now(), chance: () => this.#chance.next() }), {
      actions: {
        start: () => void this.#birth(),
        kill: () => disk.die(),
        tellRestart: () => {
          this.starts.guardian++;
        },
        tellGaveUp: () => {
          this.starts.gaveUp++;
        },
      },
    });
    const actor = createActor(withFastPath(machine), { clock });
    actor.subscribe({
      complete: () => {
        if (this.#guardian !== actor) return;
        this.#guardian = null;
        clock.setTimeout(() => this.powerOn(), between(NOTICED_MS, this.#chance));
      },
    });
    return actor;
  }

  async #birth(): Promise<void> {
    const birth = ++this.#births;
    this.#beginning = true;
    this.#outside.disk.dieAt(Number.POSITIVE_INFINITY);
    try {
      const life = await beginLife(this.#outside, this.#writers);
      if (birth === this.#births) this.#life = life;
      else life.end();
    } catch {
      // As the command does: it says why, and ends.
      if (birth === this.#births) this.#guardian?.send({ type: 'EXITED', code: 1, signal: null });
    } finally {
      if (birth === this.#births) this.#beginning = false;
    }
  }

  #beat(): void {
    const actor = this.#guardian;
    this.#outside.clock.setTimeout(() => {
      if (this.#guardian !== actor) return;
      const bot = this.life?.bot;
      if (bot) {
        const ready = bot.root.getSnapshot().matches('running');
        const sweptAt: number | null = bot.mailboxes.ref('healingOperator')?.getSnapshot().context.lastSweepAt ?? null;
        actor?.send({ type: 'BEAT', ready, sweptAt, sweepEveryMs: SWEEP_MS });
      }
      this.#beat();
    }, BEAT_MS);
  }
}
