/** The signals as a list, and one by itself with what every record says of it. */
import { GUARDS } from '../../../actors/guards/catalogue.ts';
import { readRecord, type StateChange } from '../../../actors/records.ts';
import type { SignalDetail, SignalPage, SignalView } from '../../../inspector/contract.ts';
import type { SignalQuery } from '../../../inspector/source.ts';
import { SAFETY } from './funnel.ts';
import type { KeptSignal, SignalsBook } from './signals-book.ts';
import { isUntraded, whyNot } from './why-not.ts';

const MOST_AT_ONCE = 1_000;

const viewOf = (signal: KeptSignal): SignalView => ({
  id: signal.id,
  symbol: signal.symbol,
  direction: signal.direction,
  strategy: signal.strategy,
  state: signal.state,
  at: signal.at,
  changed_at: signal.changedAt,
  confidence: signal.confidence,
  price: signal.price,
  blocked_by: isUntraded(signal) ? signal.blockedBy : null,
  reason: isUntraded(signal) ? signal.reason : null,
});

function matches(query: SignalQuery): (signal: KeptSignal) => boolean {
  const { state, symbol, before } = query;
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return (signal) => {
    if (state !== undefined && signal.state !== state) return false;
    if (symbol !== undefined && signal.symbol !== symbol) return false;
    if (before !== undefined && signal.at >= before) return false;
    if (words.length === 0) return true;
    const { id, strategy, direction, blockedBy, reason } = signal;
    const text = `${id} ${signal.symbol} ${strategy} ${direction} ${signal.state} ${blockedBy} ${reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** Newest first. `total` counts those that came before `before`, where it is given. */
export function signalPage(book: SignalsBook, query: SignalQuery): SignalPage {
  const limit = Math.max(0, Math.min(MOST_AT_ONCE, Math.trunc(query.limit)));
  const found = [...book.all()].filter(matches(query)).sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  // Signals of one moment stay together: who asks for what was before the last one would miss the others.
  let end = Math.min(limit, found.length);
  while (end > 0 && end < found.length && end < MOST_AT_ONCE && found[end]?.at === found[end - 1]?.at) end++;
  return { signals: found.slice(0, end).map(viewOf), total: found.length, older: book.forgotten };
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** What every guard said, as far as the log has it: of an approved signal all words, of a blocked one those of the first. */
function verdictsOf(decisions: readonly StateChange[]): SignalDetail['verdicts'] {
  const decision = decisions.findLast(({ new_state: to }) => to === 'approved' || to === 'blocked');
  if (!decision) return [];
  const { metadata, reason } = decision;
  if (decision.new_state === 'approved') {
    const said = strings(metadata.verdicts).map((words) => {
      const [, guard = 'unknown', says = words] = /^(\w+): (.*)$/s.exec(words) ?? [];
      return { guard, passed: true, says };
    });
    return [...said, { guard: SAFETY, passed: true, says: 'it let it pass' }];
  }
  const blocker = typeof metadata.blocker === 'string' ? metadata.blocker : null;
  const against = new Set([...strings(metadata.blocked_by), ...(blocker === null ? [] : [blocker])]);
  if (against.size === 0) return [{ guard: 'unknown', passed: false, says: reason ?? 'no reason was recorded' }];
  const names = new Set([...GUARDS.map(({ name }) => name), ...against]);
  return [...names].map((guard) => ({
    guard,
    passed: !against.has(guard),
    says:
      guard === blocker
        ? (reason ?? '').replace(`${guard}: `, '') || 'no reason was recorded'
        : against.has(guard)
          ? 'it would have blocked it as well'
          : 'it let it pass',
  }));
}

/** @param recordAt the record of the event log at a place; `null` where it can no longer be read */
export function signalDetail(book: SignalsBook, id: string, recordAt: (place: number) => unknown): SignalDetail | null {
  const signal = book.get(id);
  if (signal === null) return null;
  const records = signal.places.map((place) => readRecord(recordAt(place))).filter((record) => record !== null);
  const changes = records.filter((record) => record.event_type === 'state_change');
  const born = records.find((record) => record.event_type === 'signal_generated');
  const { shadow } = signal;
  return {
    ...viewOf(signal),
    steps: [
      ...(born ? [{ at: born.ts * 1000, from: null, to: born.state, reason: born.signal.entry_reason || null }] : []),
      ...changes.map(({ ts, old_state: from, new_state: to, reason }) => ({ at: ts * 1000, from, to, reason })),
    ],
    verdicts: verdictsOf(changes),
    why_not: whyNot(signal),
    shadow: shadow && {
      entry: shadow.entry,
      exit: shadow.exit,
      exit_at: shadow.exitAt,
      pnl_pct: shadow.pnlPct,
      pnl_usd: shadow.pnlUsd,
      exit_reason: shadow.exitReason,
    },
  };
}
