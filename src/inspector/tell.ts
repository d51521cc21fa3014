/** How what was recorded is told: redacted and cut, which is done only when somebody asks. */
import { asNames } from '../ports/names.ts';
import type { ActorEvent } from './contract/actors.ts';
import { type Bounds, type Redact, shown } from './digest.ts';
import type { Entry, Recorded } from './entry.ts';
import type { Change } from './recording.ts';

/** Of what an event carried, this much is kept. */
export const EVENT: Bounds = { nodes: 80, depth: 6, chars: 4_096 };
export const CONTEXT: Bounds = { nodes: 2_000, depth: 8, chars: 200_000 };
const EVENT_CHARS = 300;
const CONTEXT_CHARS = 1_000;

const safeText = (text: string, redact: Redact): string => String(shown(text, redact, EVENT, EVENT_CHARS));

export const toldContext = (context: unknown, redact: Redact): unknown =>
  context === undefined ? null : shown(context, redact, CONTEXT, CONTEXT_CHARS);

export function told(recorded: Recorded, redact: Redact): ActorEvent {
  const { seq, at, from, to, value, changed, taken, payload, raw } = recorded;
  const type = safeText(recorded.type, redact);
  const kept = payload ?? raw;
  const event = kept ? shown(kept, redact, EVENT, EVENT_CHARS) : { type, '…': 'it came too fast to be kept' };
  return { seq, at, from, to, type, event, value: asNames(value), changed, taken };
}

export const toldError = (error: string | undefined, redact: Redact): { readonly error?: string } =>
  error === undefined ? {} : { error: safeText(error, redact) };

export function changeOf(
  { id, machine, value, status, incarnation, since, taken }: Entry,
  at: number,
  event: string,
  from: string | null,
  was: unknown,
  context: unknown,
): Change {
  return { at, actor: id, machine, event, from, was, value, status, incarnation, since, taken, context };
}
