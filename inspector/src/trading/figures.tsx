/** The figures that say at a glance how the trading goes. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { duration, percent } from '../format.ts';
import { count, known } from './known.ts';
import { Gain } from './positions.tsx';
import { cash, counted, span } from './words.ts';

export function Figures({ view }: { readonly view: TradingView }) {
  const { trades } = view;
  const window = span(view.window_ms);
  const closed = count(trades.closed);
  const won = count(trades.won);
  const late = (known(view.oldest_unfinished_ms) ?? 0) > view.stuck_after_ms;
  return (
    <dl class="figures">
      <Figure name="Oldest in flight" of={`now; the stuck limit is ${span(view.stuck_after_ms)}`}>
        <span class={late ? 'warn' : ''}>{duration(view.oldest_unfinished_ms)}</span>
      </Figure>
      <Figure name="Signal to order" of={`median, ${window}`}>
        {duration(view.signal_to_order_ms)}
      </Figure>
      <Figure
        name="Trades won"
        of={closed === null ? `not known, ${window}` : `${counted(won)} of ${counted(closed)} closed, ${window}`}
      >
        {percent(closed !== null && won !== null && closed > 0 ? won / closed : null)}
      </Figure>
      <Figure name="Realised" of={`after fees and funding, ${window}`}>
        <Gain usd={trades.realised_usd} />
      </Figure>
      <Figure name="Fees" of={`paid; funding ${cash(trades.funding_usd, true)}, ${window}`}>
        {cash(trades.fees_usd)}
      </Figure>
      <Figure
        name="Max drawdown"
        of={
          view.max_drawdown === null ? 'not known what the account began with' : `below the highest equity, ${window}`
        }
      >
        {percent(view.equity.length === 0 ? null : view.max_drawdown)}
      </Figure>
    </dl>
  );
}

function Figure({
  name,
  of,
  children,
}: {
  readonly name: string;
  readonly of: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class="is">{children}</dd>
      <dd class="of">{of}</dd>
    </div>
  );
}
