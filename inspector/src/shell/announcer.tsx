/** Changes of health, said aloud to a screen reader, and shown where the tab is: title and icon. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Health, Overview } from '../../../src/inspector/contract.ts';
import { LOOK } from '../part/health.tsx';
import { seen } from '../seen.ts';

const MARK: Readonly<Record<Health, string>> = { green: '✓', yellow: '▲', red: '✕', unknown: '◌' };

function showInTab(health: Health, says: string): void {
  document.title = `${MARK[health]} ${says} · Kintsugi`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const href = `./icon-${health}.svg`;
  if (icon !== null && icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}

/** What the tab has room for. */
function inShort({ verdict: { health, title }, components }: Overview): string {
  if (health === 'green') return 'All green';
  const like = components.filter((one) => one.health === health);
  const [one] = like;
  if (one === undefined) return `${LOOK[health].word}: ${title.replace(/\.$/, '')}`;
  return `${LOOK[health].word}: ${like.length === 1 ? one.name : `${like.length} components`}`;
}

export function Announcer() {
  const said = useSignal('');
  const before = useRef<ReadonlyMap<string, Health> | null>(null);
  const verdictBefore = useRef<string | null>(null);
  useSignalEffect(() => {
    const known = seen.value;
    if (known === null) return;
    const { health, title } = known.verdict;
    showInTab(health, inShort(known));
    const was = before.current;
    const changed = known.components.filter(({ id, health: is }) => was?.has(id) && was.get(id) !== is);
    before.current = new Map(known.components.map(({ id, health: is }) => [id, is]));
    // Of a fleet there are no components: what changes is the verdict.
    if (known.components.length === 0) {
      const verdict = `${LOOK[health].word}: ${title}`;
      if (verdictBefore.current !== null && verdictBefore.current !== verdict) said.value = verdict;
      verdictBefore.current = verdict;
      return;
    }
    if (was === null || changed.length === 0) return;
    const each = changed.slice(0, 4).map(({ name, health: is }) => `${name} is ${LOOK[is].word.toLowerCase()}`);
    said.value = `${each.join(', ')}. ${title}`;
  });
  return (
    <div class="vh" aria-live="polite" data-testid="announcer">
      {said.value}
    </div>
  );
}
