/** What must hold of a component, with the evidence of now. */
import type { Overview, StatusReport } from '../../../src/inspector/contract.ts';
import { duration, moment, words } from '../format.ts';
import { incidents } from '../ledger.ts';
import { stale } from '../live.ts';
import { HealthIcon, healthOf, LOOK } from '../part/health.tsx';
import { Empty } from '../part/state.tsx';
import { Ago } from '../part/time.tsx';

type Check = StatusReport['invariants'][number];
const HIDDEN = new Set(['says', 'taken_at', 'holds']);

export const checksOf = (known: Overview, component: string): readonly Check[] =>
  known.status.invariants.filter((one) => one.component === component);

/** The broken first, then what is not known. */
const order = (check: Check): number => (check.holds === false ? 0 : check.holds === null ? 1 : 2);

/** Since when it is broken: as its open incident has it. */
const brokenSince = (id: string): string | null =>
  incidents.value?.find((one) => one.invariant === id && one.closed_at === null)?.broken_since ?? null;

function One({ check }: { readonly check: Check }) {
  const health = stale.value ? 'unknown' : healthOf(check.holds);
  const figures = Object.entries(check.evidence).filter(
    ([key, value]) => !HIDDEN.has(key) && ['number', 'string', 'boolean'].includes(typeof value),
  );
  const since = check.holds === false ? brokenSince(check.id) : null;
  return (
    <li data-testid={`check-${check.id}`} data-holds={String(check.holds)}>
      <HealthIcon health={health} />
      <div>
        <p class="h">
          <span class="vh">{health === 'green' ? 'Holds' : health === 'red' ? 'Broken' : LOOK[health].word}: </span>
          {words(check.id.split('/').at(-1) ?? check.id)}
          <span class={`sev ${check.severity === 'critical' ? 'warn' : 'dim'}`}> {check.severity}</span>
        </p>
        <p class="b">{check.evidence.says}</p>
        <p class="k">
          {since !== null && (
            <span class="bad">
              broken since <Ago at={since} />
              {' · '}
            </span>
          )}
          {check.checked_at === null ? (
            'never looked at'
          ) : (
            <>
              evidence of <Ago at={moment(check.checked_at)} />
            </>
          )}
          {check.patience_ms > 0 && ` · counts after ${duration(check.patience_ms)}`}
          {figures.map(([key, value]) => (
            <span key={key}>
              {' · '}
              {key} <span class="mono">{String(value)}</span>
            </span>
          ))}
        </p>
        {check.holds !== true && check.remedies.length > 0 && <p class="k">Then: {check.remedies.join(', then ')}</p>}
      </div>
    </li>
  );
}

export function Checks({ known, component }: { readonly known: Overview; readonly component: string }) {
  const all = checksOf(known, component);
  if (all.length === 0)
    return (
      <Empty
        title="No check is told of it"
        says="Records keep what broke, not what held. Its incidents have the evidence."
      />
    );
  return (
    <ul class="checks" data-testid="checks">
      {[...all]
        .sort((a, b) => order(a) - order(b))
        .map((check) => (
          <One key={check.id} check={check} />
        ))}
    </ul>
  );
}
