/** What the parts of a statechart are called: guards, actions and invoked actors as a person would name them in its drawing. */

/** Longer than this, an expression is no name. */
const EXPRESSION_AT_MOST = 60;

interface Named {
  readonly type?: unknown;
  readonly name?: string;
  /** Of a composed guard: what it composes. */
  readonly guards?: readonly unknown[];
  readonly stateValue?: unknown;
  readonly params?: unknown;
  /** Of `raise`, `sendTo` and `emit`. */
  readonly event?: unknown;
  readonly eventOrExpr?: unknown;
  readonly sendId?: unknown;
  readonly src?: unknown;
}

/** Functions written in place get the name of the property they stand under: no name at all. */
const PLACES = new Set(['', 'guard', 'cond', 'actions', 'entry', 'exit', 'src', 'anonymous']);

/** The body of a short arrow function, `({ context }) => context.n > 3` as `context.n > 3`. */
function expression(written: unknown): string | null {
  const [, body] = /^(?:async )?(?:\([^()]*\)|[\w$]+)\s*=>\s*([^{][^\n]*)$/.exec(String(written)) ?? [];
  return body !== undefined && body.length <= EXPRESSION_AT_MOST ? body : null;
}

const ownName = (written: Named): string | null => {
  const { name } = written;
  return typeof name === 'string' && !PLACES.has(name) ? name : null;
};

const inBrackets = (guard: unknown): string => {
  const words = guardWords(guard) ?? '';
  return /^[\w.-]+(\([^()]*\))?$|^not\b/.test(words) ? words : `(${words})`;
};

/** With its parameters, where they are plain and few: they tell one use from another. */
function withParams(type: string, params: unknown): string {
  if (typeof params !== 'object' || params === null) return type;
  const values = Object.values(params);
  const isPlain = values.length > 0 && values.every((one) => ['string', 'number', 'boolean'].includes(typeof one));
  const words = isPlain ? `${type}(${values.join(', ')})` : type;
  return words.length <= EXPRESSION_AT_MOST ? words : type;
}

/** A guard as text: its name, `a and not b` for a composed one, the expression of one written in place; `null` for none. */
export function guardWords(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === 'string') return guard;
  const { type, name, guards, stateValue, params } = guard as Named;
  if (guards && guards.length > 0) {
    // Minifiers rename functions; the number of guards still tells `not`.
    if (name === 'not' || (guards.length === 1 && name !== 'and' && name !== 'or'))
      return `not ${inBrackets(guards[0])}`;
    return guards.map(inBrackets).join(name === 'or' ? ' or ' : ' and ');
  }
  if (stateValue !== undefined) return `in ${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)}`;
  if (typeof type === 'string') return withParams(type, params);
  return typeof guard === 'function' ? (ownName(guard as Named) ?? expression(guard) ?? 'a condition') : 'a condition';
}

const typeOfEvent = (event: unknown): string =>
  typeof event === 'object' && event !== null && typeof (event as Named).type === 'string'
    ? ` ${String((event as Named).type)}`
    : '';

/** Delayed transitions are made of a timer that is set on entry and cancelled on exit: XState's, not the author's. */
const isTimer = (action: unknown): boolean => {
  const { event, sendId } = (action ?? {}) as Named;
  const id = sendId ?? (event as Named | undefined)?.type;
  return typeof id === 'string' && id.startsWith('xstate.after.');
};

function actionWord(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, event, eventOrExpr, sendId, src, params } = action as Named;
  if (typeof action !== 'function') return typeof type === 'string' ? withParams(type, params) : 'an action';
  if (typeof type === 'string' && type.startsWith('xstate.')) {
    const word = type.slice('xstate.'.length);
    if (typeof sendId === 'string') return `${word} ${sendId}`;
    if (typeof src === 'string') return `${word} ${src}`;
    return word + typeOfEvent(event ?? eventOrExpr);
  }
  return ownName(action as Named) ?? expression(action) ?? 'an action';
}

/** Names of actions, without those XState adds for delayed transitions. */
export const actionWords = (actions: readonly unknown[]): readonly string[] =>
  actions.filter((action) => !isTimer(action)).map(actionWord);

/** Names of invoked actors: their source where it has a name, else the id they were given. */
export const invokeWords = (invokes: readonly { readonly src: unknown; readonly id: string }[]): readonly string[] =>
  invokes.map(({ src, id }) => {
    if (typeof src === 'string' && !src.startsWith('xstate.invoke.')) return src;
    return /^\d+\./.test(id) ? 'an actor' : id;
  });
