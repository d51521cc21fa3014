import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import type { Chance } from '../../../src/ports/chance.ts';
import type { Fault, FaultKind, SocketKind } from './fault.ts';

/** A fault and when, exchange time in ms. */
export interface PlannedFault {
  readonly at: number;
  readonly fault: Fault;
}

export interface PlanScope {
  readonly from: number;
  readonly to: number;
  /** Symbols that may be met, and a size for trades by hand, base units. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Only these kinds; all if not given. */
  readonly kinds?: readonly FaultKind[];
  /** How long delays and outages last at the most, ms of real time. */
  readonly longestMs?: number;
}

const SOCKETS: readonly SocketKind[] = ['market', 'private', 'all'];
const ORDER = { method: 'POST', path: 'rder' } as const;

interface Draw {
  readonly chance: Chance;
  readonly symbol: string;
  readonly handQty: string;
  readonly longestMs: number;
}
const pick = <T>(chance: Chance, from: readonly [T, ...T[]] | readonly T[], otherwise: T): T =>
  from[Math.floor(chance.next() * from.length)] ?? otherwise;
const sockets = ({ chance }: Draw): SocketKind => pick(chance, SOCKETS, 'all');
const msUpTo = ({ chance, longestMs }: Draw): number => 1 + Math.floor(chance.next() * longestMs);
const some = ({ chance }: Draw) => (chance.next() < 0.6 ? { on: ORDER } : {});

/** How each kind is drawn. One that is missing here would never be tested: the type asks for all of them. */
const MAKERS: Readonly<Record<FaultKind, (draw: Draw) => Fault>> = {
  'drop-before': (draw) => ({ kind: 'drop-before', ...some(draw) }),
  'drop-after': () => ({ kind: 'drop-after', on: ORDER }),
  'timeout-before': (draw) => ({ kind: 'timeout-before', ...some(draw) }),
  'timeout-after': () => ({ kind: 'timeout-after', on: ORDER }),
  'status-before': (draw) => ({ kind: 'status-before', status: 503, ...some(draw) }),
  'status-after': () => ({ kind: 'status-after', status: 503, on: ORDER }),
  'html-page': (draw) => ({ kind: 'html-page', status: 502, ...some(draw) }),
  'too-many-requests': (draw) => ({ kind: 'too-many-requests', retryAfterSec: 1, ...some(draw) }),
  banned: () => ({ kind: 'banned', retryAfterSec: 2 }),
  'delay-before': (draw) => ({ kind: 'delay-before', ms: msUpTo(draw), ...some(draw) }),
  'delay-after': (draw) => ({ kind: 'delay-after', ms: msUpTo(draw), ...some(draw) }),
  'lose-fill': () => ({ kind: 'lose-fill' }),
  'duplicate-fill': () => ({ kind: 'duplicate-fill' }),
  'reorder-fills': () => ({ kind: 'reorder-fills' }),
  'late-fill': (draw) => ({ kind: 'late-fill', ms: msUpTo(draw) }),
  'missing-kline': ({ symbol }) => ({ kind: 'missing-kline', symbol }),
  'late-kline': ({ symbol }) => ({ kind: 'late-kline', symbol }),
  'silent-socket': (draw) => ({ kind: 'silent-socket', sockets: sockets(draw), deaf: draw.chance.next() < 0.5 }),
  'cut-socket': (draw) => ({ kind: 'cut-socket', sockets: sockets(draw) }),
  outage: (draw) => ({ kind: 'outage', ms: msUpTo(draw) }),
  'clock-skew': ({ chance }) => ({ kind: 'clock-skew', ms: Math.round((chance.next() - 0.5) * 120_000) }),
  liquidation: ({ symbol }) => ({ kind: 'liquidation', symbol }),
  'traded-by-hand': ({ chance, symbol, handQty }) => ({
    kind: 'traded-by-hand',
    symbol,
    qty: chance.next() < 0.5 ? handQty : `-${handQty}`,
  }),
  'closed-by-hand': ({ symbol }) => ({ kind: 'closed-by-hand', symbol }),
  'order-cancelled': ({ symbol }) => ({ kind: 'order-cancelled', symbol }),
  'stop-cancelled': ({ symbol }) => ({ kind: 'stop-cancelled', symbol }),
  'listen-key-expired': () => ({ kind: 'listen-key-expired' }),
};
export const FAULT_KINDS = Object.keys(MAKERS) as readonly FaultKind[];

/** `count` faults, each at its time, in order; the same seed gives the same plan. Every kind comes before any comes again. */
export function faultPlan(seed: number, count: number, scope: PlanScope): readonly PlannedFault[] {
  const chance = seededChance(seed);
  const kinds = scope.kinds ?? FAULT_KINDS;
  const symbols = Object.entries(scope.symbols);
  let pool: FaultKind[] = [];
  const nextKind = (): FaultKind | undefined => {
    if (pool.length === 0) pool = [...kinds];
    return pool.splice(Math.floor(chance.next() * pool.length), 1)[0];
  };
  const planned = Array.from({ length: count }, (): PlannedFault | null => {
    const kind = nextKind();
    const [symbol, handQty] = pick(chance, symbols, ['BTCUSDT', '0.002']);
    const at = Math.round(scope.from + chance.next() * (scope.to - scope.from));
    return kind ? { at, fault: MAKERS[kind]({ chance, symbol, handQty, longestMs: scope.longestMs ?? 1_000 }) } : null;
  });
  return planned.filter((one) => one !== null).sort((a, b) => a.at - b.at);
}
