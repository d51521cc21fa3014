/** What must hold in a supervised app: that all of it lives and takes its mail, and whatever else is said. */
import type { Finding, Invariant } from './invariant.ts';
import { given } from './parts.ts';
import type { Tree } from './tree.ts';
import { broken, holds, invariantOf, isUp, type Law, mailDrains, unknown } from './vital.ts';

const unwanted = (now: number, id: string, tree: Tree): Finding => ({
  ...holds(now, `${id} is not wanted: ${tree.child(id)?.lastEnd ?? 'nor is what it belongs to'}`),
  isMoot: true,
});

/** An actor or a group is there, or is not wanted. What is below a group waits for it. */
function lives(id: string, tree: Tree): Invariant {
  const up = isUp(id, (actor) => tree.child(actor));
  const group = tree.groupOf(id);
  return {
    ...up,
    dependsOn: group === null ? [] : [`${group}/alive`],
    provenAfterMs: tree.lastsMs(id),
    holds: (view) => {
      if (!tree.isWanted(id)) return unwanted(view.now, id, tree);
      if (tree.hasGivenUp(id)) return broken(view.now, `nobody brings back ${id}: ${tree.child(id)?.lastEnd}`);
      return up.holds(view);
    },
  };
}

/** A law is judged while its actor is up: not while it opens, and not when it is not wanted. */
function law(given: Law, tree: Tree): Invariant {
  const { actor } = given;
  const invariant = invariantOf(given);
  return {
    ...invariant,
    holds: (view) => {
      if (!tree.isWanted(actor)) return unwanted(view.now, actor, tree);
      const phase = tree.child(actor)?.phase ?? 'down';
      return phase === 'ready' ? invariant.holds(view) : unknown(view.now, `${actor} is not up: ${phase}`);
    },
  };
}

/** @param mailWithinMs how long an actor may leave its mail */
export const invariantsOf = (
  tree: Tree,
  laws: readonly (Law | Invariant)[],
  mailWithinMs: number,
): readonly Invariant[] => [
  ...tree.groups.map((id) => lives(id, tree)),
  ...tree.parts.flatMap((id) => [
    lives(id, tree),
    // By age: mail that was kept is young when the next incarnation gets it.
    { ...mailDrains({ component: id, actor: id }, mailWithinMs), provenAfterMs: mailWithinMs },
  ]),
  ...laws.map(
    (one): Invariant => ({
      provenAfterMs: 'as it broke',
      ...('holds' in one ? given(one) : law(given(one), tree)),
    }),
  ),
];
