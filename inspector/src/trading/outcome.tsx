/** What would have come of a signal, beside what came of it. */
import type { SignalDetail } from '../../../src/inspector/contract.ts';
import { duration, percent, price } from '../format.ts';
import { Panel } from '../part/panel.tsx';
import { known } from './known.ts';
import { Gain } from './positions.tsx';
import { inSentence } from './words.ts';

export function Outcome({ signal }: { readonly signal: SignalDetail }) {
  const { shadow, why_not, state } = signal;
  const won = shadow === null || shadow === undefined ? null : known(shadow.pnl_pct);
  const executed = signal.steps?.some(({ to }) => to.startsWith('executed')) ?? false;
  return (
    <Panel title="Shadow against real" note="the trade it would have been, in prices of USD, and what became of it">
      <div class="outcome">
        <div>
          <h3>Shadow</h3>
          {shadow === null || shadow === undefined ? (
            <p class="soft">Its shadow trade has not ended yet, or was never begun.</p>
          ) : (
            <>
              <p class="big">
                <span class={won === null || won === 0 ? '' : won > 0 ? 'ok' : 'bad'}>{percent(won, 2, true)}</span>{' '}
                {shadow.pnl_usd !== null && <Gain usd={shadow.pnl_usd} />}
              </p>
              <dl class="kv">
                <dt>Entry</dt>
                <dd class="num-left">{price(shadow.entry)}</dd>
                <dt>Exit</dt>
                <dd class="num-left">{price(shadow.exit)}</dd>
                <dt>Ended by</dt>
                <dd>{inSentence(shadow.exit_reason ?? 'not known')}</dd>
                <dt>Held</dt>
                <dd>{duration(known(shadow.exit_at) === null ? null : shadow.exit_at - signal.at)}</dd>
              </dl>
            </>
          )}
        </div>
        <div>
          <h3>Real</h3>
          {executed ? (
            <p class="soft">
              It was executed. Its gain or loss is in the sum of realised trades: the records keep no trade per signal.
            </p>
          ) : why_not !== null ? (
            <>
              <p class="big">not traded</p>
              <p class="soft">{verdictOn(won)}</p>
            </>
          ) : (
            <p class="soft">Nothing yet: it is {inSentence(state)}.</p>
          )}
        </div>
      </div>
    </Panel>
  );
}

/** One shadow trade proves nothing of a guard; it says what this block did. */
function verdictOn(won: number | null): string {
  if (won === null) return 'What that saved, or cost, is known when its shadow trade has ended.';
  if (won === 0) return 'Nothing was saved and nothing lost by that.';
  return won > 0
    ? 'This time that cost something: its shadow trade ended with a gain.'
    : 'This time that saved something: its shadow trade ended with a loss.';
}
