/** The strip of figures: each with its window and its unit. */
import type { ComponentChildren } from 'preact';
import type { Health, Overview } from '../../../src/inspector/contract.ts';
import { count, duration, percent, plural } from '../format.ts';
import { botNow, stale } from '../live.ts';
import { HealthIcon, LOOK } from '../part/health.tsx';

function Figure({
  what,
  of,
  children,
}: {
  readonly what: string;
  readonly of: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{what}</dt>
      <dd class="is">{children}</dd>
      <dd class="of">{of}</dd>
    </div>
  );
}

/** A part of less time than a repair is watched for says nothing. */
const TELLING_MS = 600_000;
const ORDER: readonly Health[] = ['green', 'yellow', 'red', 'unknown'];

function Counts({ known }: { readonly known: Overview }) {
  const shown = ORDER.map((health) => ({
    health,
    n: known.components.filter((one) => one.health === health).length,
  })).filter(({ n, health }) => n > 0 || health === 'green');
  return (
    <Figure
      what={known.kind === 'records' ? 'Self-healing, at the end' : 'Self-healing, now'}
      of={shown.map(({ health }) => LOOK[health].word.toLowerCase()).join(', ')}
    >
      <span class="counts">
        {shown.map(({ health, n }) => (
          <span key={health}>
            <HealthIcon health={health} /> {count(n)}
            <span class="vh"> {LOOK[health].word}</span>
          </span>
        ))}
      </span>
    </Figure>
  );
}

function NextSweep({ known }: { readonly known: Overview }) {
  const { last_at, every_ms } = known.sweep;
  const left = last_at === null ? null : last_at + every_ms - botNow.value;
  return (
    <Figure what="Next full sweep" of={`every ${duration(every_ms)}`}>
      {known.speed === null || left === null || stale.value
        ? '–'
        : left < 0
          ? 'due'
          : duration(Math.ceil(left / 1_000) * 1_000)}
    </Figure>
  );
}

export function Figures({ known }: { readonly known: Overview }) {
  const { healed, failed, cleared, median_ms, p95_ms, held, all_green, observed_ms } = known.repairs;
  const isTelling = observed_ms >= TELLING_MS;
  return (
    <dl class="figures all" data-testid="figures">
      <Counts known={known} />
      <Figure what="Repaired, 24 h" of={`${count(failed)} failed, ${count(cleared)} cleared`}>
        {count(healed)}
      </Figure>
      <Figure what="Time to repair" of={p95_ms === null ? 'none was needed' : `95 % in ${duration(p95_ms)}`}>
        {duration(median_ms)}
      </Figure>
      <Figure what="Repairs that held" of="for ten minutes">
        {percent(held)}
      </Figure>
      <Figure what="All green" of={isTelling ? `of the last ${duration(observed_ms)}` : 'told after ten minutes'}>
        {isTelling ? percent(all_green) : '–'}
      </Figure>
      <Figure what="Alerts, 24 h" of={`${count(known.alerts.held_back)} held back`}>
        {known.alerts.sent === null ? '–' : count(known.alerts.sent)}
      </Figure>
      {known.kind !== 'records' && <NextSweep known={known} />}
      {known.kind === 'live' && (
        <Figure
          what="Healing"
          of={
            known.status.healing === 'observe'
              ? 'plans, and sends nothing'
              : plural(known.status.open_incidents.length, 'open incident')
          }
        >
          {known.status.healing === null ? 'Off' : known.status.healing === 'act' ? 'Active' : 'Observes'}
        </Figure>
      )}
    </dl>
  );
}
