/** What a person may ask of the healing operator of a running bot. All of it is recorded. */

import type { OperatorRecord } from '../healing/ledger.ts';
import {
  type FlattenAnswer,
  notHolding,
  operatorRecordOf,
  type PauseAnswer,
  type PauseRequest,
  pausedBecause,
  pauseRecordOf,
  type ResumeAnswer,
  type ResumeRequest,
  refusal,
} from '../healing/resume.ts';
import type { RemedyAnswer, RemedyWish } from '../healing/wish.ts';
import { says } from '../ports/says.ts';
import { ARCHITECTURE } from './architecture-healing.ts';
import type { HealingHabitat } from './healer-loop.ts';

/** How long a healer may take to say what it did about a wish, ms of bot time. */
const HEARD_WITHIN_MS = 10_000;

/** How long an operator that starts or opens, as at the start of a bot, is waited for, and how often that is looked at, ms of bot time. */
const HEEDED_WITHIN_MS = 3_000;
const HEEDED_LOOK_MS = 50;

const switchOf = ({ mailboxes }: HealingHabitat) => mailboxes.ref('healingOperator')?.getSnapshot();
const isUp = (habitat: HealingHabitat): boolean => switchOf(habitat)?.status === 'active';
const isOn = (habitat: HealingHabitat): boolean =>
  switchOf(habitat)?.matches({ running: { work: { killSwitch: 'tripped' } } }) === true;

/** @returns whether the disk has it already; what it refuses waits, and is written in its turn */
async function recorded({ world, ledgerWriter }: HealingHabitat, record: OperatorRecord): Promise<boolean> {
  let isRecorded = false;
  ledgerWriter.write(record, () => {
    isRecorded = true;
  });
  await world.pending.track(ledgerWriter.settle());
  return isRecorded;
}

/** Waits until something holds of the operator, and no longer than one takes to start. */
async function heeded({ world: { clock } }: HealingHabitat, holds: () => boolean): Promise<void> {
  for (const until = clock.now() + HEEDED_WITHIN_MS; !holds() && clock.now() < until; )
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, HEEDED_LOOK_MS);
    });
}

const WAITS = '; the ledger refuses the record, which waits';

/** Resets the kill switch of a running bot on the word of a person: recorded first, refused while its cause is there. */
export async function resume(habitat: HealingHabitat, request: ResumeRequest): Promise<ResumeAnswer> {
  const { world, mail, board } = habitat;
  // One that opens has not read yet whether the switch is on.
  await heeded(habitat, () => isUp(habitat) && switchOf(habitat)?.matches('running') === true);
  const present = switchOf(habitat);
  if (present?.status !== 'active')
    return { resumed: false, says: 'the healing operator is down; ask again when it is back', not_holding: [] };
  if (!isOn(habitat))
    return { resumed: false, says: 'the kill switch is off already: nothing was done', not_holding: [] };
  const { killReason, killedBy } = present.context as { killReason: string | null; killedBy: readonly string[] };
  const broken = notHolding(killedBy, board.findings());
  if (broken.length > 0 && !request.force) {
    world.log.warn(`[HEALING] ${request.by} asked to resume and was refused: ${request.reason}`);
    return refusal(broken);
  }
  const isRecorded = await recorded(habitat, operatorRecordOf(request, killReason, broken, world.clock.now()));
  mail.post('healingOperator', { type: 'RESET', reason: `${request.by} resumed: ${request.reason}` });
  const stillOn = isOn(habitat);
  return {
    resumed: !stillOn,
    says: stillOn
      ? 'it was asked for; the healing operator will do it when it runs again'
      : `the kill switch is off; entries are allowed again (it was on because ${killReason})${isRecorded ? '' : WAITS}`,
    not_holding: broken.map(({ id }) => id),
  };
}

/** Puts the kill switch on, on the word of a person. It comes off by the word of one, and by no quiet hour. */
export async function pause(habitat: HealingHabitat, request: PauseRequest): Promise<PauseAnswer> {
  const { world, mail } = habitat;
  await heeded(habitat, () => isUp(habitat));
  const present = switchOf(habitat);
  if (present?.status !== 'active')
    return { paused: false, says: 'the healing operator is down; ask again when it is back' };
  const { killReason, pausedByHand } = present.context as { killReason: string | null; pausedByHand: boolean };
  if (pausedByHand) return { paused: false, says: `it is paused already (${killReason}): nothing was done` };
  const was = isOn(habitat) ? killReason : null;
  // Entries stop first: a disk that refuses the record must not keep them going.
  const reason = pausedBecause(request);
  mail.post('healingOperator', { type: 'TRIP', reason, at: world.clock.now(), by: [], byHand: true });
  const isRecorded = await recorded(habitat, pauseRecordOf(request, was, world.clock.now()));
  await heeded(habitat, () => isOn(habitat));
  const stays = 'entries are blocked until somebody resumes; exits go on';
  const before = was === null ? '' : ` (the kill switch was on already: ${was})`;
  return isOn(habitat)
    ? { paused: true, says: `${stays}${before}${isRecorded ? '' : WAITS}` }
    : { paused: false, says: 'it was asked for; the healing operator will do it when it runs again' };
}

/** How long the bot may take to become flat before it says what is left, and how often it looks, ms of bot time. */
const FLAT_WITHIN_MS = 8_000;
const LOOK_AGAIN_MS = 500;

/** Blocks entries, takes back those that rest, and leaves everything at the market. What is said of it is the exchange's word. */
export async function flatten(habitat: HealingHabitat, request: PauseRequest): Promise<FlattenAnswer> {
  const { world, mail } = habitat;
  const { clock, broker, pending } = world;
  const pausing = pause(habitat, request);
  const until = clock.now() + FLAT_WITHIN_MS;
  for (;;) {
    mail.post('tradeExecution', { type: 'FLATTEN', reason: `${request.by} wants it flat: ${request.reason}` });
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, LOOK_AGAIN_MS);
    });
    const left = await pending.track(broker.positions()).then(
      (held) => held.map(({ symbol, qty }) => `${symbol} ${qty}`),
      (error: unknown) => [`the exchange does not say what is held: ${says(error)}`],
    );
    if (left.length === 0) return { flat: true, says: `nothing is held any more; ${(await pausing).says}` };
    if (clock.now() >= until) return { flat: false, says: `still held: ${left.join(', ')}; ${(await pausing).says}` };
  }
}

/** Asks the healer that acts for the invariant for a remedy; resolves when it was sent or refused, not when it is proven. */
export function askRemedy(
  { world, mail, invariants, mailboxes, wishes }: HealingHabitat,
  asked: Omit<RemedyWish, 'ask'>,
): Promise<RemedyAnswer> {
  const refuse = (says: string): RemedyAnswer => ({ sent: false, says, incident: null });
  const invariant = invariants.find(({ id }) => id === asked.invariant);
  if (!invariant) return Promise.resolve(refuse(`no invariant is called ${asked.invariant}`));
  const healer = ARCHITECTURE.has(invariant.actor) ? 'architectureHealing' : 'healingOperator';
  if (mailboxes.ref(healer)?.getSnapshot().status !== 'active')
    return Promise.resolve(refuse(`${healer} is down; ask again when it is back`));
  return new Promise((resolve) => {
    const ask = wishes.wait((answer) => {
      world.clock.clearTimeout(timer);
      resolve(answer);
    });
    const late = `${healer} has not answered within ${HEARD_WITHIN_MS / 1_000} s; the ledger says whether it was sent`;
    const timer = world.clock.setTimeout(() => wishes.answer(ask, refuse(late)), HEARD_WITHIN_MS);
    mail.post(healer, { type: 'REMEDY.ASKED', wish: { ...asked, ask } satisfies RemedyWish });
  });
}
