/** The healing operator and the safety layer at work on a real folder, over a component that breaks and is mended as told. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyActorRef, type AnyStateMachine, assign, createActor, setup } from 'xstate';
import type { HealingHabitat } from '../../../src/actors/healer-loop.ts';
import { healingAlerts } from '../../../src/actors/healing-alerts.ts';
import { ESCALATION_FILE, healingOperatorActor, LEDGER_FILE } from '../../../src/actors/healing-operator.ts';
import { pause, resume } from '../../../src/actors/operator-requests.ts';
import { ownedLog } from '../../../src/actors/owned-log.ts';
import { recordWriter } from '../../../src/actors/recorder.ts';
import { safetyLayerActor } from '../../../src/actors/safety-layer.ts';
import { signalBusActor } from '../../../src/actors/signal-bus.ts';
import { HealingBoard } from '../../../src/healing/board.ts';
import type { LedgerLine } from '../../../src/healing/chain-check.ts';
import { chainedLog } from '../../../src/healing/chained-log.ts';
import type { Invariant } from '../../../src/healing/invariant.ts';
import { LedgerUses } from '../../../src/healing/ledger-uses.ts';
import { Mailboxes } from '../../../src/healing/mailbox.ts';
import { supervisable } from '../../../src/healing/supervisable.ts';
import { invariantOf } from '../../../src/healing/vital.ts';
import { Wishes } from '../../../src/healing/wish.ts';
import { withFastPath } from '../../../src/machines/compile/fast-path.ts';
import type { RemedyOrder } from '../../../src/machines/life.ts';
import type { ActorId } from '../../../src/machines/messages.ts';
import type { Alert } from '../../../src/ports/alerts.ts';
import type { Mail } from '../../../src/ports/world.ts';
import { habitatOn, type OnDisk } from './habitat-on.ts';

/** What the component does about a remedy: does it, says so without doing it, refuses, or says nothing. */
export type Manner = 'mends' | 'lies' | 'refuses' | 'is silent';
export const INVARIANT = 'feature-store/sound';
const IDS = ['signalBus', 'safetyLayer', 'featureStore', 'healingOperator', 'architectureHealing'] as const;
type Id = (typeof IDS)[number];

const SOUND: Invariant = invariantOf({
  id: INVARIANT,
  actor: 'featureStore',
  severity: 'critical',
  dependsOn: [],
  broken: ({ context }) => (context.broken ? 'it is broken' : null),
  remedies: [{ type: 'REPAIR', target: 'store' }, { type: 'RESTART' }],
});

type Patient = { readonly type: 'BREAK' | 'MEND' } | ({ readonly type: 'REPAIR' } & RemedyOrder);

/** The component: all it can be is broken. What a remedy does is the bench's business. */
const patient = (broken: boolean, treated: (order: RemedyOrder) => void): AnyStateMachine =>
  setup({
    types: { context: {} as { broken: boolean }, events: {} as Patient },
    actions: {
      treat: ({ event }) => {
        if (event.type === 'REPAIR') treated(event);
      },
    },
  }).createMachine({
    id: 'featureStore',
    context: { broken },
    initial: 'running',
    states: {
      running: {
        on: {
          BREAK: { actions: assign({ broken: true }) },
          MEND: { actions: assign({ broken: false }) },
          REPAIR: { actions: 'treat' },
        },
      },
    },
  });

/** Hours go by: nobody looks more often than it takes. */
const SELDOM = { pace: { lookMs: 60_000, checkMs: 5_000 } };

interface Remedied {
  readonly type: 'REPAIR' | 'RESTART';
  readonly at: number;
}

export class HealingBench {
  #world: OnDisk;
  #processes = 0;
  #healing: HealingHabitat;
  readonly #places = new Map<Id, { actor: AnyActorRef; incarnation: number }>();
  manner: Manner = 'mends';
  broken = false;
  /** Every remedy that reached the component, over all processes. */
  readonly remedied: Remedied[] = [];
  /** What `tradeExecution` was told last. */
  entriesOpen = false;
  /** The incidents of the present process. */
  own: ReadonlySet<string> = new Set();
  /** Alerts that fire, by category and subject. */
  firing = new Map<string, Set<string>>();

  private constructor(world: OnDisk) {
    this.#world = world;
    this.#healing = this.#habitatOf(world);
  }

  static async begin(): Promise<HealingBench> {
    const bench = new HealingBench(await habitatOn(SELDOM));
    await bench.#live();
    return bench;
  }

  get now(): number {
    return this.#world.habitat.clock.now();
  }

  get operator() {
    return this.#snapshot('healingOperator');
  }

  get isTripped(): boolean {
    return this.operator?.matches({ running: { work: { killSwitch: 'tripped' } } }) === true;
  }

  get safety(): { readonly active: boolean; readonly reason: string } {
    return this.#snapshot('safetyLayer')?.context.killSwitch;
  }

  get incidents() {
    return this.#healing.board.openIncidents();
  }

  async wait(ms: number): Promise<void> {
    await this.#world.habitat.advance(ms);
  }

  async break(): Promise<void> {
    this.broken = true;
    this.#places.get('featureStore')?.actor.send({ type: 'BREAK' });
    await this.wait(0);
  }

  async mend(): Promise<void> {
    this.#mended();
    await this.wait(0);
  }

  /** A person puts the kill switch on. @returns whether it was told that it is */
  async press(): Promise<boolean> {
    const { paused } = await this.#asked(pause(this.#healing, { by: 'a person', reason: 'a test' }));
    return paused;
  }

  /** The same, and nothing happens any more once the person has been told. */
  async pressAndDie(): Promise<boolean> {
    const asked = pause(this.#healing, { by: 'a person', reason: 'a test' });
    let over = false;
    const answer = asked.then(({ paused }) => {
      over = true;
      // Whatever is still on its way to the disk never gets there.
      this.#world.faults.push({ operation: 'writeWhole', path: ESCALATION_FILE, code: 'EIO' });
      return paused;
    });
    while (!over) await this.#world.habitat.later(0);
    const told = await answer;
    await this.die(async () => this.accept());
    return told;
  }

  async release(force: boolean): Promise<boolean> {
    const { resumed } = await this.#asked(resume(this.#healing, { by: 'a person', reason: 'a test', force }));
    return resumed;
  }

  /** The healer has a reason of its own, as another healer would tell it. */
  async trip(by: string): Promise<void> {
    const reason = `${by} could not be healed`;
    this.#healing.mail.post('healingOperator', { type: 'TRIP', reason, at: this.now, by: [by] } as { type: string });
    await this.wait(0);
  }

  async restart(id: 'healingOperator' | 'safetyLayer', how: 'stop' | 'cut'): Promise<void> {
    const actor = this.#places.get(id)?.actor;
    this.#healing.mailboxes.shut(id);
    if (how === 'stop' && actor?.getSnapshot().status === 'active') {
      actor.send({ type: 'STOP' });
      await this.#world.habitat.settle();
    }
    actor?.stop();
    await this.#start(id);
  }

  /** The process dies where it stands, and another begins. @param meanwhile what happens to its files */
  async die(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    for (const { actor } of this.#places.values()) actor.stop();
    await this.#world.habitat.settle();
    await meanwhile();
    this.#world = await habitatOn(SELDOM, this.#world);
    this.#healing = this.#habitatOf(this.#world);
    this.entriesOpen = false;
    await this.#live();
  }

  refuse(path: typeof LEDGER_FILE | typeof ESCALATION_FILE): void {
    this.#world.faults.push({ operation: path === LEDGER_FILE ? 'append' : 'writeWhole', path, code: 'ENOSPC' });
  }

  accept(): void {
    this.#world.faults.length = 0;
  }

  async garbleState(): Promise<void> {
    await writeFile(join(this.#world.habitat.dir, ESCALATION_FILE), 'no state at all');
  }

  /** What the file says of the switch. */
  async saved(): Promise<{ readonly active: boolean; readonly byHand: boolean }> {
    const text = await readFile(join(this.#world.habitat.dir, ESCALATION_FILE), 'utf8');
    const { soft_kill_switch_active: active, paused_by_hand: byHand } = JSON.parse(text);
    return { active, byHand };
  }

  /** The ledger, line by line, as a stranger reads it. */
  async ledger(): Promise<readonly LedgerLine[]> {
    const text = await readFile(join(this.#world.habitat.dir, LEDGER_FILE), 'utf8');
    let offset = 0;
    return text.split('\n').flatMap((words, index) => {
      const line = { line: index + 1, offset, length: Buffer.byteLength(words) };
      offset += line.length + 1;
      return words.trim() === '' ? [] : [{ ...line, record: JSON.parse(words) }];
    });
  }

  async end(): Promise<void> {
    this.accept();
    for (const { actor } of this.#places.values()) actor.stop();
    await this.#world.habitat.end();
  }

  // biome-ignore lint/suspicious/noExplicitAny: snapshots of any machine
  #snapshot(id: Id): any {
    return this.#places.get(id)?.actor.getSnapshot();
  }

  async #asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const [given] = await Promise.all([answer, this.wait(0)]);
    return given;
  }

  async #live(): Promise<void> {
    for (const id of IDS) if (id !== 'architectureHealing') await this.#start(id);
    // What the exchange holds was compared, and there is nothing.
    this.#healing.mail.post('safetyLayer', { type: 'RECONCILED', ok: true, at: this.now, says: '' } as {
      type: string;
    });
    await this.wait(0);
  }

  async #start(id: Exclude<Id, 'architectureHealing'>): Promise<void> {
    const { mailboxes } = this.#healing;
    const incarnation = (this.#places.get(id)?.incarnation ?? 0) + 1;
    const makers = {
      signalBus: () => signalBusActor(this.#healing),
      safetyLayer: () => safetyLayerActor(this.#healing),
      healingOperator: () => healingOperatorActor(this.#healing),
      featureStore: () => patient(this.broken, (order) => this.#treated('REPAIR', order)),
    };
    const logic = supervisable(withFastPath(makers[id]()), (event) => mailboxes.processed(id, event));
    const input = { incarnation, restartedBy: null };
    const actor = createActor(logic, { systemId: id, clock: this.#world.habitat.clock, input } as never) as AnyActorRef;
    this.#places.set(id, { actor, incarnation });
    mailboxes.attach(id, actor);
    actor.subscribe({ error: (error) => this.#world.habitat.lines.push({ level: 'error', message: String(error) }) });
    actor.start();
    if (id === 'featureStore') mailboxes.open(id);
    await this.#world.habitat.settle();
    if (id === 'safetyLayer' && incarnation > 1)
      this.#healing.mail.post('safetyLayer', { type: 'RECONCILED', ok: true, at: this.now, says: '' } as {
        type: string;
      });
    await this.#world.habitat.settle();
  }

  #mended(): void {
    this.broken = false;
    this.#places.get('featureStore')?.actor.send({ type: 'MEND' });
  }

  /** A remedy reaches the component, which does of it what is its manner. */
  #treated(type: Remedied['type'], { incident }: RemedyOrder): void {
    const { clock } = this.#world.habitat;
    const healing = this.#healing;
    const { manner } = this;
    this.remedied.push({ type, at: clock.now() });
    if (manner === 'is silent') return;
    clock.setTimeout(() => {
      if (healing !== this.#healing) return;
      if (manner === 'mends') this.#mended();
      if (type === 'RESTART') void this.#start('featureStore');
      const answer =
        manner === 'refuses'
          ? { type: 'REMEDY.FAILED', incident, error: 'it does not want to' }
          : { type: 'REMEDY.DONE', incident, evidence: { says: 'done', figures: {} } };
      healing.mail.post('healingOperator', answer as { type: string });
    }, 20);
  }

  #habitatOf({ habitat: { habitat, world } }: OnDisk): HealingHabitat {
    const mailboxes = new Mailboxes(IDS, () => world.clock.now());
    const mail: Mail = {
      post: (to, event) => {
        if (to === 'tradeExecution' && event.type === 'ENTRIES')
          this.entriesOpen = (event as unknown as { open: boolean }).open;
        if ((IDS as readonly string[]).includes(to)) mailboxes.post(to, event);
      },
      leave: (id, self) => {
        if (mailboxes.ref(id) === self) mailboxes.leave(id);
      },
      announce: (id, incarnation, as, self) => {
        if (id === 'architectureHealing') mailboxes.attach(id, self as AnyActorRef);
        else if (this.#places.get(id as Id)?.incarnation !== incarnation) return;
        if (as === 'ready') world.clock.setTimeout(() => mailboxes.open(id), 0);
      },
    };
    const firing = new Map<string, Set<string>>();
    this.firing = firing;
    const alerts = {
      raise: async ({ category, subject }: Pick<Alert, 'category' | 'subject'>) => {
        firing.set(category, (firing.get(category) ?? new Set()).add(subject));
      },
      resolve: async ({ category, subject }: Pick<Alert, 'category' | 'subject'>) =>
        void firing.get(category)?.delete(subject),
      firing: (category: string) => [...(firing.get(category) ?? [])],
      toldSince: () => 0,
    };
    const lived = { ...world, alerts } as typeof world;
    const ledgerUses = new LedgerUses();
    const chain = chainedLog(world.logs.log(LEDGER_FILE, { sequenced: false }), ledgerUses);
    // Another process draws other ones, also one that begins in the same instant.
    const own = new Set<string>();
    this.own = own;
    const ids = world.chance.fork(`incidents of process ${++this.#processes}`);
    return {
      ...habitat,
      world: lived,
      mail,
      mailboxes,
      board: new HealingBoard([SOUND]),
      invariants: [SOUND],
      chain,
      ledgerUses,
      newIncidentId: () => {
        const id = `INC-${ids.hex(10)}`;
        own.add(id);
        return id;
      },
      mode: 'act',
      affects: (to) => [to],
      ledgerWriter: recordWriter(lived, ownedLog(lived, LEDGER_FILE, chain), () => undefined),
      alerts: healingAlerts(lived),
      wishes: new Wishes(),
      restart: (id, _, order) => {
        if ((id as ActorId) === 'featureStore') this.#treated('RESTART', order);
      },
    };
  }
}
