/** The chosen actor at the instant: what happened, what is in it, what changed, what was checked. */

import { plural, words } from '../format.ts';
import { overview, stale } from '../live.ts';
import { HealthIcon, healthOf } from '../part/health.tsx';
import { Empty } from '../part/state.tsx';
import { Part } from './part-of.tsx';
import { actor, moment, replaying } from './store.ts';

const componentOf = (id: string): string => id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function ChecksThen() {
  const all = moment.value.value?.invariants ?? [];
  const mine = all.filter(({ component }) => component === componentOf(actor.value?.id ?? ''));
  const shown = mine.length > 0 ? mine : all;
  return (
    <Part title={mine.length > 0 ? 'Checks at this instant' : 'Checks at this instant, of all'}>
      {shown.length === 0 ? (
        <p class="dim">The ledger says nothing of this time.</p>
      ) : (
        <ul class="checks">
          {shown.map(({ id, holds, says }) => (
            <li key={id}>
              <HealthIcon health={healthOf(holds)} />
              <span class="vh">{holds === null ? 'not known' : holds ? 'holds' : 'broken'}: </span>
              <span>
                <code>{id.split('/').at(-1)}</code> {says}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

export function ChecksNow() {
  if (replaying.value) return <ChecksThen />;
  const component = componentOf(actor.value?.id ?? '');
  const mine = overview.value?.status.invariants.filter((one) => one.component === component) ?? [];
  if (mine.length === 0)
    return <Empty title="Nothing is checked of it" says="It belongs to no component that has invariants." />;
  return (
    <Part title={`${plural(mine.length, 'check')} of ${words(component).toLowerCase()}`}>
      <ul class="checks">
        {mine.map(({ id, holds, evidence }) => (
          <li key={id}>
            <HealthIcon health={stale.value ? 'unknown' : healthOf(holds)} />
            <span class="vh">{holds === null ? 'not known' : holds ? 'holds' : 'broken'}: </span>
            <span>
              <code>{id.split('/').at(-1)}</code> {evidence.says}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
