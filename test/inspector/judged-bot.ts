/** A bot whose healer is real and whose components are facts: everything that is judged can be made true, false or unknown. */
import type { Bot } from '../../src/actors/bot.ts';
import { healingAlerts } from '../../src/actors/healing-alerts.ts';
import { knownOfBot } from '../../src/cli/bot-known.ts';
import { statusOf } from '../../src/cli/bot-status.ts';
import { HealingBoard } from '../../src/healing/board.ts';
import { type Invariant, rungsOf } from '../../src/healing/invariant.ts';
import { type IncidentRecord, recordOf } from '../../src/healing/ledger.ts';
import { heal } from '../../src/healing/loop.ts';
import { type Impulse, type Round, restful } from '../../src/healing/round.ts';
import type { Known } from '../../src/inspector/known.ts';
import { actorOf, COMPONENTS } from '../../src/machines/messages.ts';
import type { Alert, Recovery } from '../../src/ports/alerts.ts';
import type { World } from '../../src/ports/world.ts';
import { world } from '../healing/facts.ts';

export const SWEEP_MS = 60_000;
const SEVERITIES = ['critical', 'high', 'medium'] as const;

/** Each component has two checks: `x/works`, and `x/keeps-up`, which depends on it and has nobody woken. */
const IDS: readonly string[] = [...COMPONENTS, 'market_feed'].flatMap((name) => [`${name}/works`, `${name}/keeps-up`]);

export function judgedBot() {
  const w = world();
  const invariants: readonly Invariant[] = IDS.map((id, place) => {
    const component = id.slice(0, id.indexOf('/'));
    const isSecond = id.endsWith('/keeps-up');
    return w.invariant(id, {
      actor: actorOf(component as (typeof COMPONENTS)[number]),
      severity: isSecond ? 'medium' : (SEVERITIES[place % 3] ?? 'high'),
      dependsOn: isSecond ? [`${component}/works`] : [],
      remedies: isSecond ? [{ type: 'RESTART' }] : [{ type: 'REPAIR', target: 'state' }],
    });
  });
  const policy = w.policy(invariants);
  const board = new HealingBoard(invariants);
  board.startedAt = w.view.now;
  const records: IncidentRecord[] = [];
  const raised: string[] = [];
  const firing = new Set<string>();
  let kill: string | null = null;
  let killedBy: readonly string[] = [];
  let sweptAt = w.view.now;
  let round: Round = restful;
  const alerts = healingAlerts({
    alerts: {
      raise: async ({ category, subject }: Alert) => {
        raised.push(`${category} ${subject}`);
        firing.add(subject);
      },
      resolve: async ({ subject }: Recovery) => void firing.delete(subject),
      firing: () => [...firing],
      toldSince: () => raised.length,
    },
    pending: { track: (promise: Promise<unknown>) => promise },
    log: { error: () => undefined },
  } as unknown as Pick<World, 'alerts' | 'pending' | 'log'>);

  const then = (impulse: Impulse): void => {
    round = heal(round, impulse, policy);
    sweptAt = w.view.now;
    board.publish('healingOperator', round);
    for (const command of round.commands) {
      if (command.do === 'record') {
        board.note(command.incident, command.what);
        if (command.what === 'failed') alerts.failed(command.incident);
        records.push(recordOf(command.incident, w.view.now));
      }
      if (command.do === 'escalate' && command.incident.invariant.severity !== 'medium' && kill === null) {
        kill = command.reason;
        killedBy = [command.incident.invariant.id];
        alerts.switched(true, command.reason, false);
      }
    }
  };
  const answer = (invariant: string, isDone: boolean): void => {
    const incident = round.incidents.get(invariant);
    if (incident?.phase !== 'remedying') return;
    then(isDone ? w.done(incident.id) : w.refused(incident.id));
  };
  const operator = {
    getSnapshot: () => ({
      status: 'active',
      context: { lastSweepAt: sweptAt, killReason: kill, killedBy },
      matches: () => kill !== null,
    }),
  };
  const bot = {
    board,
    invariants,
    healing: 'act',
    mailboxes: { ref: (id: string) => (id === 'healingOperator' ? operator : null) },
    root: { getSnapshot: () => ({ context: { children: [] } }) },
  } as unknown as Bot;

  return {
    ids: IDS,
    invariants,
    board,
    raised,
    firing,
    records,
    round: () => round,
    set: (id: string, fact: boolean | null) => void w.facts.set(id, fact),
    all: (fact: boolean | null) => {
      for (const id of IDS) w.facts.set(id, fact);
    },
    pass: w.pass,
    look: () => then(w.seen()),
    answer,
    /** All remedies of an invariant are refused until it is given up. */
    giveUp(id: string): void {
      w.facts.set(id, false);
      then(w.seen());
      const rungs = rungsOf(invariants.find((one) => one.id === id) ?? w.invariant(id)).length;
      for (let i = 0; i < rungs; i++) {
        answer(id, false);
        w.pass(31_000);
        then(w.seen());
      }
    },
    /** Broken, repaired, proven. */
    mend(id: string, tookMs = 1_000): void {
      w.facts.set(id, false);
      then(w.seen());
      w.pass(tookMs);
      w.facts.set(id, true);
      answer(id, true);
    },
    resume: () => {
      kill = null;
      killedBy = [];
    },
    known: (): Known => {
      const world = {
        clock: { now: () => w.view.now },
        pace: { sweepMs: SWEEP_MS },
        alerts: { toldSince: () => raised.length },
      } as unknown as World;
      return knownOfBot(bot, world, {
        name: 'bot',
        dir: '/srv/bot',
        speed: 1,
        status: statusOf(bot, world, 1),
        feed: { kind: 'simulated market', symbols: ['BTCUSDT'], last_tick_at: null },
        paper: true,
        commands: [],
        records,
      });
    },
  };
}
export type JudgedBot = ReturnType<typeof judgedBot>;
