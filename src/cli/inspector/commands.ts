/** What the page may ask of the bot. All of it is told in the log, with who asked. */
import type { Bot } from '../../actors/bot.ts';
import { REMEDY_INTENSITY, RESTART_INTENSITY, usesWithin } from '../../healing/budget.ts';
import { type Remedy, rungsOf } from '../../healing/invariant.ts';
import { planOf } from '../../healing/plan.ts';
import { addressee } from '../../healing/remedies.ts';
import { statePath } from '../../healing/status.ts';
import type { Command, CommandAnswer, PlanView } from '../../inspector/contract.ts';
import { BadQuestion } from '../../inspector/source.ts';
import { says } from '../../ports/says.ts';
import type { World } from '../../ports/world.ts';
import { whyNotByHand } from './by-hand.ts';
import type { Fault } from './faults.ts';

export interface Commanded {
  readonly bot: Bot;
  readonly world: Pick<World, 'clock' | 'log'>;
  /** Empty where none may be injected. */
  readonly faults: readonly Fault[];
  /** Orders are paper: events may be sent by hand. */
  readonly isPaper: boolean;
  /** Who asks, for ledger and log. */
  readonly by: string;
}

type Do<Name extends Command['do']> = Extract<Command, { do: Name }>;

const no = (says: string): CommandAnswer => ({ ok: false, says });
/** What can be asked of this bot. */
export const commandsOf = ({ faults, isPaper }: Pick<Commanded, 'faults' | 'isPaper'>): readonly Command['do'][] => [
  'resume',
  'pause',
  'plan',
  'remedy',
  ...(faults.length > 0 ? (['fault'] as const) : []),
  ...(isPaper ? (['send'] as const) : []),
];

/** What every remedy of an invariant would do, in the order in which they are tried; nothing is sent. */
function plan({ bot, world }: Commanded, { invariant: id }: Do<'plan'>): CommandAnswer {
  const invariant = bot.invariants.find((one) => one.id === id);
  if (!invariant) throw new BadQuestion(`invariant: none is called ${id}`);
  const { view } = bot.board.round('healingOperator');
  if (view === null) return no('the healer has not judged yet; ask again');
  const uses = (to: string, remedy: Remedy): readonly number[] =>
    ['healingOperator', 'architectureHealing']
      .map((healer) => bot.board.round(healer).spent.get(`${to} ${remedy.type}`) ?? [])
      .reduce((most, one) => (one.length > most.length ? one : most));
  const plans = rungsOf(invariant).map((remedy): PlanView => {
    const to = addressee({ invariant }, remedy, view);
    const budget = remedy.type === 'RESTART' ? RESTART_INTENSITY : REMEDY_INTENSITY;
    const used = usesWithin(uses(to, remedy), budget, world.clock.now()).length;
    const affects = bot.affects(to, remedy);
    const { id: _, ...said } = planOf({ id: '', invariant, attempts: [] }, remedy, { to, affects, used, budget });
    return { remedy: remedy.type, ...said };
  });
  const distinct = plans.filter(({ does }, index) => plans.findIndex((one) => one.does === does) === index);
  if (distinct.length === 0) return { ok: true, says: `No remedy of the bot mends ${id}.`, plans: [] };
  return { ok: true, says: 'Nothing was sent. In this order it would be tried:', plans: distinct };
}

async function remedy({ bot, by }: Commanded, asked: Do<'remedy'>): Promise<CommandAnswer> {
  const { sent, says, incident } = await bot.askRemedy({
    invariant: asked.invariant,
    remedy: asked.remedy ?? null,
    by,
  });
  return { ok: sent, says, ...(incident === null ? {} : { incident }) };
}

function fault({ bot, world, faults, by }: Commanded, { fault: id }: Do<'fault'>): CommandAnswer {
  if (faults.length === 0) return no('no fault can be injected into this bot');
  const wanted = faults.find((one) => one.id === id);
  if (!wanted)
    throw new BadQuestion(`fault: none is called ${id}; there are ${faults.map((one) => one.id).join(', ')}`);
  if (bot.healing === 'observe') return no('the healer only observes: nobody would mend it');
  try {
    const says = wanted.inject();
    world.log.warn(`[FAULT] injected by hand, ${by}: ${says}`, { fault: id });
    return { ok: true, says: `Done: ${says}. ${wanted.ends}` };
  } catch (error) {
    return no(`it could not be injected: ${says(error)}`);
  }
}

/** What of an actor can be seen to have changed. */
const lookAt = ({ bot }: Commanded, actor: string) => {
  const snapshot = bot.mailboxes.ref(actor)?.getSnapshot();
  return { status: snapshot?.status, path: statePath(snapshot?.value), mail: bot.mailboxes.progress(actor), snapshot };
};

function send(commanded: Commanded, { actor, event }: Do<'send'>): CommandAnswer {
  const { bot, world, isPaper, by } = commanded;
  if (!isPaper) return no('events are sent by hand only where orders are paper');
  const { type } = event;
  if (type === '' || type === '*' || type.startsWith('xstate.'))
    throw new BadQuestion(`event.type: "${type}" is XState's own, and nobody else's to send`);
  if (!bot.mailboxes.ids().includes(actor))
    throw new BadQuestion(`actor: ${actor} takes no mail; these do: ${bot.mailboxes.ids().join(', ')}`);
  const why = whyNotByHand(actor, type);
  if (why !== null) return no(`nothing was sent: ${why}`);
  const before = lookAt(commanded, actor);
  let takes: boolean;
  try {
    takes = before.snapshot?.can?.(event) ?? false;
  } catch (error) {
    return no(`nothing was sent: ${actor} cannot judge this event (${says(error)}). Does it lack a field?`);
  }
  if (before.status === 'active' && !takes)
    return no(`nothing was sent: ${actor} does not take ${type} as it is now (${before.path})`);
  world.log.warn(`[FAULT] sent by hand, ${by}: ${type} to ${actor}`);
  bot.mailboxes.post(actor, event);
  const after = lookAt(commanded, actor);
  if (after.mail.held > before.mail.held) return { ok: true, says: `${actor} is not ready: it is kept until it is.` };
  if (after.mail.accepted === before.mail.accepted) return no(`${actor} has ended: it reached nobody`);
  if (after.status === 'error') return { ok: true, says: `${actor} fell over it, and is brought back.` };
  if (after.mail.processed === before.mail.processed)
    return { ok: true, says: `${actor} has accepted it, and not taken it yet.` };
  const came = after.path === before.path ? `and stays in ${after.path}` : `${before.path} → ${after.path}`;
  return { ok: true, says: `${actor} took ${type}: ${came}.` };
}

/** Does what is asked. Throws {@link BadQuestion} for what cannot be understood; what is refused is answered in words. */
export function commander(commanded: Commanded): (command: Command) => Promise<CommandAnswer> {
  const { bot, by } = commanded;
  return async (command) => {
    if (command.do === 'plan') return plan(commanded, command);
    if (command.do === 'remedy') return remedy(commanded, command);
    if (command.do === 'fault') return fault(commanded, command);
    if (command.do === 'send') return send(commanded, command);
    const reason = command.reason.trim();
    if (reason === '') throw new BadQuestion('reason: it is empty; it is kept in the ledger');
    if (command.do === 'pause') {
      const { paused, says } = await bot.pause({ reason, by });
      return { ok: paused, says };
    }
    const { resumed, says } = await bot.resume({ reason, by, force: command.force === true });
    return { ok: resumed, says };
  };
}
