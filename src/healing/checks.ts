/** Whether what `supervise` is given can be meant: a word that is misspelt would be obeyed in silence, and heal nothing. */
import type { Invariant, Remedy } from './invariant.ts';
import { type Group, idsIn, isGroup, type Part, partsIn } from './parts.ts';
import type { Rules } from './strategy.ts';
import type { SuperviseOptions } from './supervise.ts';
import type { Law } from './vital.ts';

const refuse = (what: string, wanted: string, value: unknown): never => {
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  throw new TypeError(`${what} must be ${wanted}, and is ${shown}`);
};

const oneOf = (what: string, value: unknown, words: readonly string[]): void => {
  if (value !== undefined && !words.includes(value as string)) refuse(what, `one of ${words.join(', ')}`, value);
};

const isMs = (value: unknown): value is number => typeof value === 'number' && value >= 0;

const checkMs = (what: string, value: unknown, { zero = true, forEver = false } = {}): void => {
  const isOne = isMs(value) && (zero || value > 0) && (forEver || Number.isFinite(value));
  if (value !== undefined && !isOne)
    refuse(what, `a number of milliseconds${zero ? '' : ' above 0'}${forEver ? ' or Infinity' : ''}`, value);
};

const checkFunction = (what: string, value: unknown): void => {
  if (value !== undefined && typeof value !== 'function') refuse(what, 'a function', value);
};

const checkIntensity = (what: string, given: unknown): void => {
  if (given === undefined) return;
  const { most, withinMs } = (given ?? {}) as { most?: unknown; withinMs?: unknown };
  if (!Number.isInteger(most) || (most as number) < 0) refuse(`${what}.most`, 'a whole number from 0', most);
  if (!isMs(withinMs)) refuse(`${what}.withinMs`, 'a number of milliseconds', withinMs);
};

function checkRules(
  of: string,
  { strategy, intensity, whenSpent, whenStartFails, restartsAfter, backoff }: Partial<Rules>,
) {
  oneOf(`${of}: strategy`, strategy, ['one_for_one', 'one_for_all', 'rest_for_one']);
  oneOf(`${of}: whenSpent`, whenSpent, ['leave-down', 'escalate']);
  oneOf(`${of}: restartsAfter`, restartsAfter, ['dependencies', 'all-before']);
  oneOf(`${of}: whenStartFails`, whenStartFails, ['retry', 'escalate']);
  checkIntensity(`${of}: intensity`, intensity);
  if (backoff === undefined) return;
  for (const field of ['firstMs', 'capMs'] as const)
    if (!isMs(backoff?.[field])) refuse(`${of}: backoff.${field}`, 'a number of milliseconds', backoff?.[field]);
}

/** What a restart takes along stands beside what it depends on: a supervisor knows its own children alone. */
function checkSiblings(id: string, dependsOn: unknown, siblings: readonly string[]): void {
  if (dependsOn === undefined) return;
  if (!Array.isArray(dependsOn)) refuse(`the part ${id}: dependsOn`, 'a list of ids', dependsOn);
  for (const on of dependsOn as readonly unknown[])
    if (on === id || !siblings.includes(on as string))
      refuse(`the part ${id}: dependsOn`, 'ids of its siblings under the same supervisor', on);
}

function checkPart(part: Part, siblings: readonly string[]): void {
  const { id, logic, startWithinMs, stopWithinMs, retryMs, dependsOn, readyWhen, restore } = part;
  const of = `the part ${id}`;
  const isLogic = typeof logic === 'function' || (typeof logic === 'object' && logic !== null && 'transition' in logic);
  if (!isLogic) refuse(`${of}: logic`, 'an XState logic or a function that makes one', logic);
  checkMs(`${of}: startWithinMs`, startWithinMs, { forEver: true });
  checkMs(`${of}: stopWithinMs`, stopWithinMs, { forEver: true });
  checkMs(`${of}: retryMs`, retryMs);
  checkSiblings(id, dependsOn, siblings);
  checkFunction(`${of}: readyWhen`, readyWhen);
  const isStore = typeof restore === 'object' && restore !== null && 'read' in restore && 'write' in restore;
  if (restore !== undefined && typeof restore !== 'boolean' && !isStore)
    refuse(`${of}: restore`, 'true, false or a store with read and write', restore);
}

/** @param taken ids that are taken, to which those of the children are added */
function checkChildren(children: readonly (Part | Group)[], taken: Set<string>): void {
  if (!Array.isArray(children)) refuse('children', 'a list', children);
  for (const { id } of children) {
    if (typeof id !== 'string' || id === '') refuse('the id of a part or group', 'a word', id);
    if (taken.has(id)) throw new TypeError(`the id ${id} is taken: every supervised actor needs one of its own`);
    taken.add(id);
  }
  const siblings = children.map(({ id }) => id);
  for (const one of children) {
    oneOf(`${one.id}: restart`, one.restart, ['permanent', 'transient', 'temporary']);
    if (isGroup(one)) {
      checkRules(`the group ${one.id}`, one);
      checkChildren(one.children, taken);
    } else checkPart(one, siblings);
  }
}

function checkRemedy(of: string, remedy: Remedy, ids: readonly string[]): void {
  const { type, to } = remedy;
  if (type === undefined) refuse(`${of}: the type of a remedy`, 'one of EXPIRE, REPAIR, RESTART', type);
  oneOf(`${of}: the type of a remedy`, type, ['EXPIRE', 'REPAIR', 'RESTART']);
  if (type === 'REPAIR' && typeof remedy.target !== 'string') refuse(`${of}: REPAIR's target`, 'a word', remedy.target);
  if (type === 'EXPIRE' && !isMs(remedy.olderThanMs))
    refuse(`${of}: EXPIRE's olderThanMs`, 'a number of milliseconds', remedy.olderThanMs);
  if (type === 'RESTART') oneOf(`${of}: RESTART's scope`, remedy.scope, ['one', 'rest']);
  if (to === undefined || (typeof to === 'function' && type === 'RESTART')) return;
  if (!ids.includes(to as string)) refuse(`${of}: ${type}'s addressee`, `one of ${ids.join(', ')}`, to);
}

/** What holds of every app: see `app-laws.ts`. */
const builtInOf = (children: readonly (Part | Group)[]): readonly string[] => [
  ...idsIn(children).map((id) => `${id}/alive`),
  ...partsIn(children).map(({ id }) => `${id}/mail-drains`),
];

function checkLaws(laws: readonly (Law | Invariant)[], children: readonly (Part | Group)[]): void {
  if (!Array.isArray(laws)) refuse('invariants', 'a list', laws);
  const ids = idsIn(children);
  const taken = new Set(builtInOf(children));
  for (const { id } of laws) {
    if (typeof id !== 'string' || id === '') refuse('the id of an invariant', 'a word', id);
    if (taken.has(id)) throw new TypeError(`the invariant ${id} is there already: every one needs an id of its own`);
    taken.add(id);
  }
  for (const law of laws) {
    const { id, actor, severity, patienceMs, proofWithinMs, provenAfterMs, everyMs, dependsOn, remedies } = law;
    const of = `the invariant ${id}`;
    if (!ids.includes(actor))
      throw new TypeError(`the invariant ${id} is about ${actor}, which is not among ${ids.join(', ')}`);
    const judge = 'holds' in law ? law.holds : law.broken;
    if (typeof judge !== 'function') refuse(`${of}: ${'holds' in law ? 'holds' : 'broken'}`, 'a function', judge);
    oneOf(`${of}: severity`, severity, ['critical', 'high', 'medium']);
    checkMs(`${of}: patienceMs`, patienceMs);
    checkMs(`${of}: proofWithinMs`, proofWithinMs);
    if (provenAfterMs !== 'as it broke') checkMs(`${of}: provenAfterMs`, provenAfterMs);
    checkMs(`${of}: everyMs`, everyMs, { zero: false });
    if (dependsOn !== undefined && !Array.isArray(dependsOn)) refuse(`${of}: dependsOn`, 'a list of ids', dependsOn);
    for (const on of dependsOn ?? [])
      if (on === id || !taken.has(on)) refuse(`${of}: dependsOn`, `ids of invariants (${[...taken].join(', ')})`, on);
    if (remedies !== undefined && !Array.isArray(remedies)) refuse(`${of}: remedies`, 'a list', remedies);
    for (const remedy of remedies ?? []) checkRemedy(of, remedy, ids);
  }
}

/** @throws TypeError that names the field and the id */
export function checkOptions(options: SuperviseOptions, own: readonly string[]): void {
  const { children, invariants = [], sweepMs, mailWithinMs, policy = {}, log, inspect } = options;
  checkChildren(children, new Set(own));
  checkRules('supervise', options);
  checkLaws(invariants, children);
  checkMs('sweepMs', sweepMs, { zero: false });
  checkMs('mailWithinMs', mailWithinMs, { zero: false });
  for (const field of ['restarts', 'others', 'recurring'] as const) checkIntensity(`policy.${field}`, policy[field]);
  for (const field of ['retryFailedMs', 'answerWithinMs'] as const) checkMs(`policy.${field}`, policy[field]);
  checkFunction('log', log);
  checkFunction('inspect', inspect);
}
