/** The overview as it may be shown: what is too old to be believed is not known, and is never shown as green. */
import { computed } from '@preact/signals';
import type { ComponentView, Overview } from '../../src/inspector/contract.ts';
import { clock } from './format.ts';
import { linkSays, overview, stale } from './live.ts';
import { RANK } from './part/health.tsx';

export const seen = computed((): Overview | null => {
  const known = overview.value;
  if (known === null || !stale.value) return known;
  return {
    ...known,
    verdict: {
      health: 'unknown',
      title: `Nothing is known since ${clock(known.at)} UTC.`,
      detail: `The bot is not heard: ${linkSays.value || 'it is silent'}. Before that: ${known.verdict.title}`,
      alert: 'What is shown below is from then.',
    },
    components: known.components.map((one) => ({ ...one, health: 'unknown' })),
  };
});

/** The worst first; among equals those that alert the operator, then by name. */
export const worstFirst = (all: readonly ComponentView[]): readonly ComponentView[] =>
  [...all].sort(
    (a, b) =>
      RANK[a.health] - RANK[b.health] || Number(b.critical) - Number(a.critical) || a.name.localeCompare(b.name),
  );
