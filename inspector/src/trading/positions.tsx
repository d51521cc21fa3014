/** What is held now. */
import { useSignal } from '@preact/signals';
import type { TradingView } from '../../../src/inspector/contract.ts';
import { duration, percent, plural, price, words } from '../format.ts';
import { botNow } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { known } from './known.ts';
import { ageOf, moveOf, roomOf } from './position.ts';
import { cash, counted } from './words.ts';

type Position = TradingView['positions'][number];
/** Nearer than this to its liquidation, a position is worth a look. */
const NEAR = 0.1;
const MOST = 20;

export function PositionsPanel({ view }: { readonly view: TradingView }) {
  const open = view.positions;
  const all = useSignal(false);
  const total = open.reduce((sum, one) => sum + (known(one.pnl_usd) ?? 0), 0);
  return (
    <Panel
      title="Open positions"
      note={open.length === 0 ? 'now' : `${plural(open.length, 'position')} now, unrealised ${cash(total, true)}`}
    >
      {open.length === 0 ? (
        <Empty title="Nothing is held" says="A position shows here from its first fill until it is closed." />
      ) : (
        <table class="table fold positions">
          <thead>
            <tr>
              <th scope="col">Position</th>
              <th scope="col">Strategy</th>
              <th scope="col" class="num">
                Size
              </th>
              <th scope="col" class="num">
                Entry
              </th>
              <th scope="col" class="num">
                Mark
              </th>
              <th scope="col" class="num">
                P&amp;L, USD
              </th>
              <th scope="col" class="num">
                Move
              </th>
              <th scope="col">To liquidation</th>
              <th scope="col" class="num">
                Age
              </th>
            </tr>
          </thead>
          <tbody>
            {(all.value ? open : open.slice(0, MOST)).map((one) => (
              <Row key={`${one.symbol} ${one.strategy} ${one.opened_at}`} position={one} />
            ))}
          </tbody>
        </table>
      )}
      {open.length > MOST && (
        <p class="list-end">
          <Button
            size="tiny"
            onClick={() => {
              all.value = !all.value;
            }}
          >
            {all.value ? 'Only the first' : `${plural(open.length - MOST, 'more position')}`}
          </Button>
        </p>
      )}
    </Panel>
  );
}

function Row({ position }: { readonly position: Position }) {
  const move = moveOf(position);
  return (
    <tr>
      <th scope="row" class="lead">
        <Side side={position.side} /> {position.symbol}
      </th>
      <td data-label="Strategy" class="soft">
        {words(String(position.strategy ?? 'not known'))}
      </td>
      <td data-label="Size" class="num">
        <span>
          {sized(position.qty)} <span class="dim">{known(position.leverage) ?? '–'}×</span>
        </span>
      </td>
      <td data-label="Entry" class="num">
        {price(position.entry)}
      </td>
      <td data-label="Mark" class="num">
        {price(position.mark)}
      </td>
      <td data-label="P&L, USD" class="num">
        <Gain usd={position.pnl_usd} />
      </td>
      <td data-label="Move" class="num soft">
        {percent(move, 2, true)}
      </td>
      <td data-label="To liquidation">
        <Room position={position} />
      </td>
      <td data-label="Age" class="num">
        {duration(ageOf(position, botNow.value))}
      </td>
    </tr>
  );
}

const QTY = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
function sized(qty: number): string {
  const size = known(qty);
  return size === null ? '–' : Math.abs(size) < 1e7 ? QTY.format(size) : counted(size);
}

/** An arrow and a word: the side can be told without its colour. */
export function Side({ side }: { readonly side: Position['side'] }) {
  return (
    <span class="side">
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path d={side === 'LONG' ? 'M5 1.5L9 8H1z' : 'M5 8.5L1 2h8z'} />
      </svg>
      {side === 'LONG' ? 'Long' : side === 'SHORT' ? 'Short' : 'Side not known'}
    </span>
  );
}

export function Gain({ usd }: { readonly usd: number | null }) {
  const value = known(usd);
  return <b class={value === null || value === 0 ? '' : value > 0 ? 'ok' : 'bad'}>{cash(value, true)}</b>;
}

function Room({ position }: { readonly position: Position }) {
  const room = roomOf(position);
  if (room === null) return <span class="dim">not known</span>;
  const near = room < NEAR;
  return (
    <span class={`room ${near ? 'bad' : ''}`} title={`Liquidation at ${price(position.liquidation)}`}>
      <svg width="64" height="6" aria-hidden="true">
        <rect class="track" width="64" height="6" rx="3" />
        <rect class="here" width={64 * Math.min(1, room)} height="6" rx="3" />
      </svg>
      <span class="num">{percent(room)}</span>
      {near && <Icon name="triangle" />}
      {near && <span>{room === 0 ? 'past it' : 'near'}</span>}
    </span>
  );
}
