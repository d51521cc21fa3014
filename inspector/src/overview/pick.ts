/** Which component is looked at: the one in the address, else the worst. */
import { computed } from '@preact/signals';
import type { ComponentView } from '../../../src/inspector/contract.ts';
import { go, route, to } from '../route.ts';
import { seen, worstFirst } from '../seen.ts';

export const picked = computed((): ComponentView | null => {
  const all = seen.value?.components ?? [];
  const asked = route.value.query.get('component');
  return all.find(({ id }) => id === asked) ?? worstFirst(all)[0] ?? null;
});

/** Its id alone, so that what depends on it is not drawn anew with every overview. */
export const pickedId = computed(() => picked.value?.id ?? null);

export const pick = (component: string): void => go(to('overview', { component }), true);
