/** How far the signals came, and what became of those that did not get further. */
import { useMemo } from 'preact/hooks';
import type { TradingView } from '../../../src/inspector/contract.ts';
import { percent, plural } from '../format.ts';
import { Icon } from '../part/icons.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { type FunnelRow, funnelRows } from './funnel.ts';
import { count } from './known.ts';
import { counted, span } from './words.ts';

/** The hatching of what was lost. */
const LOST = 'lost-hatch';

export function PipelinePanel({ view }: { readonly view: TradingView }) {
  const rows = useMemo(() => funnelRows(view.funnel), [view.funnel]);
  return (
    <Panel
      title="Pipeline"
      note={`signals of the last ${span(view.window_ms)}`}
      acts={<Stuck many={count(view.stuck)} limit={view.stuck_after_ms} />}
    >
      {rows.length === 0 ? (
        <Empty title="No signal yet" says="The funnel fills with the first signal of a strategy." />
      ) : (
        <>
          <svg width="0" height="0" class="vh" aria-hidden="true">
            <pattern id={LOST} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect class="lost-ground" width="5" height="5" />
              <rect class="lost-line" width="1.6" height="5" />
            </pattern>
          </svg>
          <ol class="funnel">
            {rows.map((row) => (
              <Stage key={row.stage} row={row} />
            ))}
          </ol>
          <p class="says">
            <svg class="sample" viewBox="0 0 18 10" aria-hidden="true">
              <rect fill={`url(#${LOST})`} width="18" height="10" rx="2" />
            </svg>{' '}
            Hatched: lost since the stage before. Percent: of the stage before.
          </p>
        </>
      )}
    </Panel>
  );
}

function Stage({ row }: { readonly row: FunnelRow }) {
  const { stage, share, gone, kept, says } = row;
  return (
    <li>
      <span class="stage">{stage}</span>
      <svg class="fbar" width="100%" height="16" aria-hidden="true">
        <rect class="track" width="100%" height="16" rx="3" />
        {gone > 0 && <rect fill={`url(#${LOST})`} x={`${share * 100}%`} width={`${gone * 100}%`} height="16" />}
        {share > 0 && <rect class="here" width={`max(${share * 100}%, 2px)`} height="16" rx="3" />}
      </svg>
      <b class="num">{counted(row.count)}</b>
      <span class="num dim">{kept === null ? '' : percent(kept)}</span>
      <span class="lost">{says ?? (row.count === null ? 'not known' : '')}</span>
    </li>
  );
}

function Stuck({ many, limit }: { readonly many: number | null; readonly limit: number }) {
  const title = `A signal that has not moved on for ${span(limit)} is stuck`;
  if (many === null) return <span class="dim">stuck: not known</span>;
  return (
    <span class={`health ${many > 0 ? 'warn' : 'ok'}`} title={title}>
      <Icon name={many > 0 ? 'triangle' : 'tick'} />
      {many > 0 ? `${plural(many, 'signal')} stuck` : '0 stuck'}
    </span>
  );
}
