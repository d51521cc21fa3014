import { BadQuestion } from '../../inspector/source.ts';
import { SIGNAL_STATES, type SignalState } from '../../machines/messages.ts';

/** Nobody reads more at once; a page asks again. */
const MOST = 10_000;
const LONGEST = 200;
/** The ids of all above it are in it. */
const LONGEST_ACTOR = 1_000;

type Ask = (name: string) => string | undefined;

/** A whole number in the query. Throws {@link BadQuestion} for anything else; `undefined` where it is not asked. */
function wholeNumber(ask: Ask, name: string): number | undefined {
  const text = ask(name);
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new BadQuestion(`${name} must be a whole number, as in ${name}=100.`);
  }
  return value;
}

/** Like {@link wholeNumber}, and it must be there. */
export function neededNumber(ask: Ask, name: string): number {
  const value = wholeNumber(ask, name);
  if (value === undefined) throw new BadQuestion(`${name} is missing: ms since 1970, as in ${name}=1760000000000.`);
  return value;
}

/** How many are wanted: 1 to 10,000. */
export function limitOf(ask: Ask, usual: number): { readonly limit: number } {
  const limit = wholeNumber(ask, 'limit') ?? usual;
  if (limit < 1 || limit > MOST) throw new BadQuestion(`limit must be from 1 to ${MOST}.`);
  return { limit };
}

/** The texts that were asked for, those alone. Throws {@link BadQuestion} for one that is too long to be meant. */
export function texts<Name extends string>(ask: Ask, ...names: readonly Name[]): { readonly [name in Name]?: string } {
  const asked: { [name in Name]?: string } = {};
  for (const name of names) {
    const text = ask(name);
    if (text === undefined || text === '') continue;
    const longest = name === 'actor' ? LONGEST_ACTOR : LONGEST;
    if (text.length > longest) throw new BadQuestion(`${name} must have ${longest} characters or fewer.`);
    asked[name] = text;
  }
  return asked;
}

/** The state of a signal that was asked for, if one was. Throws {@link BadQuestion} with those there are. */
export function stateOf(ask: Ask): { readonly state?: SignalState } {
  const text = ask('state');
  if (text === undefined || text === '') return {};
  const state = SIGNAL_STATES.find((one) => one === text);
  if (state === undefined) throw new BadQuestion(`state must be one of ${SIGNAL_STATES.join(', ')}.`);
  return { state };
}

/** The numbers that were asked for, those alone. */
export function numbers<Name extends string>(
  ask: Ask,
  ...names: readonly Name[]
): { readonly [name in Name]?: number } {
  const asked: { [name in Name]?: number } = {};
  for (const name of names) {
    const value = wholeNumber(ask, name);
    if (value !== undefined) asked[name] = value;
  }
  return asked;
}
