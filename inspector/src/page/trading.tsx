/** What became of the signals, and of the money. */
import { useComputed, useSignal } from '@preact/signals';
import type { TradingView } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { clock, duration } from '../format.ts';
import { overview } from '../live.ts';
import { Empty, Failed, Loading } from '../part/state.tsx';
import '../style/trading.css';
import { AgesPanel } from '../trading/ages.tsx';
import { Figures } from '../trading/figures.tsx';
import { GuardsPanel } from '../trading/guards.tsx';
import { EquityPanel, RivalsPanel } from '../trading/money.tsx';
import { NoTrading } from '../trading/no-trading.tsx';
import { PipelinePanel } from '../trading/pipeline.tsx';
import { PositionsPanel } from '../trading/positions.tsx';
import { ReasonsPanel } from '../trading/reasons.tsx';
import { sane } from '../trading/sane.ts';
import { span } from '../trading/words.ts';

const EVERY_MS = 5_000;

export function TradingPage() {
  const turn = useSignal(0);
  const asked = useAsked<TradingView>(
    () => (overview.value?.kind === 'app' ? null : `api/trading#${turn.value}`),
    EVERY_MS,
  );
  const view = useComputed(() => (asked.value.value === null ? null : sane(asked.value.value)));
  const at = useSignal<number | null>(null);
  const { error, loading } = asked.value;
  const known = view.value;
  const again = (): void => {
    turn.value++;
  };
  return (
    <main class="page trading">
      <div class="head">
        <h1>Trading</h1>
        {known !== null && (
          <p class="dim">
            the last {span(known.window_ms)}, up to{' '}
            {Number.isFinite(known.at) ? `${clock(known.at)} UTC` : 'a moment that is not known'}
            {overview.value?.paper === true ? ', on paper' : ''}
          </p>
        )}
      </div>
      {known !== null && error !== null && (
        <p class="stale" role="status">
          This is of {clock(known.at)} UTC and is not refreshed: {error}.
        </p>
      )}
      {known !== null ? (
        <>
          <Figures view={known} />
          <div class="half">
            <PipelinePanel view={known} />
            <AgesPanel view={known} />
          </div>
          <div class="half">
            <ReasonsPanel view={known} />
            <GuardsPanel view={known} />
          </div>
          <div class="half">
            <EquityPanel view={known} at={at} />
            <RivalsPanel view={known} at={at} />
          </div>
          <PositionsPanel view={known} />
        </>
      ) : overview.value?.kind === 'app' ? (
        <NoTrading />
      ) : error !== null ? (
        <section class="panel">
          <Failed
            title="Trading could not be read"
            says={`${error}. It is asked again every ${duration(EVERY_MS)}.`}
            again={again}
          />
        </section>
      ) : loading ? (
        <Bones />
      ) : (
        <section class="panel">
          <Empty title="No trading was written down" says="The records of this bot say nothing of signals or trades." />
        </section>
      )}
    </main>
  );
}

/** The shape of what will be there, so that nothing jumps when it comes. */
function Bones() {
  return (
    <>
      <section class="panel" aria-label="Figures">
        <Loading what="the figures" lines={2} />
      </section>
      <div class="half">
        <section class="panel" aria-label="Pipeline">
          <Loading what="the pipeline" lines={9} />
        </section>
        <section class="panel" aria-label="Signals by state and age">
          <Loading what="the signals" lines={9} />
        </section>
      </div>
    </>
  );
}
