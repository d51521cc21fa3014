/** Changes of health, said aloud to a screen reader, and shown where the tab is: title and icon. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Health } from '../../../src/inspector/contract.ts';
import { LOOK } from '../part/health.tsx';
import { seen } from '../seen.ts';

const MARK: Readonly<Record<Health, string>> = { green: '✓', yellow: '▲', red: '✕', unknown: '◌' };

function showInTab(health: Health, says: string): void {
  document.title = `${MARK[health]} ${says} · Kintsugi`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const href = `./icon-${health}.svg`;
  if (icon !== null && icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}

export function Announcer() {
  const said = useSignal('');
  const before = useRef<ReadonlyMap<string, Health> | null>(null);
  useSignalEffect(() => {
    const known = seen.value;
    if (known === null) return;
    const { health } = known.verdict;
    const like = known.components.filter((one) => one.health === health);
    const one = like.length === 1 ? like[0] : undefined;
    showInTab(
      health,
      health === 'green' ? 'All green' : `${LOOK[health].word}: ${one?.name ?? `${like.length} components`}`,
    );
    const was = before.current;
    const changed = known.components.filter(({ id, health: is }) => was?.has(id) && was.get(id) !== is);
    before.current = new Map(known.components.map(({ id, health: is }) => [id, is]));
    if (was === null || changed.length === 0) return;
    const each = changed.slice(0, 4).map(({ name, health: is }) => `${name} is ${LOOK[is].word.toLowerCase()}`);
    said.value = `${each.join(', ')}. ${known.verdict.title}`;
  });
  return (
    <div class="vh" aria-live="polite" data-testid="announcer">
      {said.value}
    </div>
  );
}
