/** What the records of a bot tell about its guards: a fold, in whatever portions and in whatever order the files are fed to it. */
import { z } from 'zod';
import type { RealTrade, Records, Trade } from '../../report/trade.ts';

/** Shadow trades that are kept; of those before, their number is left. Some 100 MB. */
const MOST_TRADES = 250_000;

const names = z.array(z.string());
const decisionLine = z.looseObject({
  event_type: z.literal('signal_decision'),
  signal_id: z.string(),
  decision: z.string(),
  ts: z.number(),
  verdicts: z.array(z.looseObject({ guard: z.string(), passes: z.boolean() })).optional(),
});
const who = {
  event_type: z.literal('shadow_real_exit'),
  signal_id: z.string(),
  symbol: z.string(),
  strategy: z.string(),
  regime: z.string(),
  confidence: z.number(),
  original_decision: z.string(),
  blocked_by: names,
  passed_by: names,
  foretold_by: names.default([]),
  missing_bars: z.number(),
  ts: z.number(),
};
const outcomeLine = z.discriminatedUnion('resolved', [
  z.looseObject({ ...who, resolved: z.literal(false) }),
  z.looseObject({
    ...who,
    resolved: z.literal(true),
    entry_ts: z.number(),
    sized: z.string(),
    funding_known: z.boolean(),
    notional_usd: z.number().positive(),
    risk_usd: z.number().positive(),
    net_usd: z.number(),
    ambiguous_bars: z.number(),
  }),
]);
type Outcome = z.infer<typeof outcomeLine>;
/** Funding that was heard of when its position had been closed says anew what that came to. */
const closedLine = z.looseObject({
  event_type: z.enum(['position_change', 'funding_payment']),
  signal_id: z.string(),
  ts: z.number(),
  closed: z
    .looseObject({ entryPrice: z.number().positive(), initialQty: z.number().positive(), netPnlUsd: z.number() })
    .nullish(),
});

/** What only says that the bot lived on. */
const timed = z.looseObject({ ts: z.number() });

interface Asked {
  asked: number;
  blocked: number;
}

export class ReportBook {
  readonly #most: number;
  readonly #trades = new Map<string, Trade>();
  readonly #unresolved = new Set<string>();
  readonly #open = new Set<string>();
  readonly #real = new Map<string, RealTrade>();
  readonly #guards = new Map<string, Asked>();
  /** Grows with every record of which something was made. */
  version = 0;
  #decisions = { approved: 0, blocked: 0, expired: 0 };
  #withoutVerdicts = 0;
  #lastAt: number | null = null;
  #older = 0;
  #forgottenUpTo = Number.NEGATIVE_INFINITY;

  constructor(most = MOST_TRADES) {
    this.#most = most;
  }

  /** A record of `signal_decisions.jsonl`. @returns whether it was one */
  decision(raw: unknown): boolean {
    const parsed = decisionLine.safeParse(raw);
    if (!parsed.success) return false;
    const { signal_id: id, decision, verdicts, ts } = parsed.data;
    this.#heard(ts);
    if (decision === 'EXPIRED') this.#decisions.expired++;
    if (decision === 'APPROVED') this.#decisions.approved++;
    if (decision === 'BLOCKED') this.#decisions.blocked++;
    if (decision !== 'APPROVED' && decision !== 'BLOCKED') return true;
    if (verdicts === undefined) {
      this.#withoutVerdicts++;
      return true;
    }
    for (const { guard, passes } of verdicts) {
      const count = this.#guards.get(guard) ?? { asked: 0, blocked: 0 };
      this.#guards.set(guard, { asked: count.asked + 1, blocked: count.blocked + (passes ? 0 : 1) });
    }
    const isOver = this.#trades.has(id) || this.#unresolved.has(id) || ts * 1000 <= this.#forgottenUpTo;
    if (!isOver) this.#open.add(id);
    return true;
  }

  /** A record of `shadow_real_exits.jsonl`. @returns whether it was one */
  outcome(raw: unknown): boolean {
    const parsed = outcomeLine.safeParse(raw);
    if (!parsed.success) return false;
    const { data } = parsed;
    this.#heard(data.ts);
    this.#open.delete(data.signal_id);
    if (!data.resolved) this.#unresolved.add(data.signal_id);
    else if (!this.#trades.has(data.signal_id)) this.#trades.set(data.signal_id, tradeOf(data));
    if (this.#trades.size > this.#most) this.#forgetOldest();
    return true;
  }

  /** A record of the event log: of interest where it says what a closed position came to. */
  bus(raw: unknown): void {
    const parsed = closedLine.safeParse(raw);
    const at = timed.safeParse(raw);
    if (at.success) this.#heard(at.data.ts);
    if (!parsed.success || !parsed.data.closed) return;
    const { entryPrice, initialQty, netPnlUsd } = parsed.data.closed;
    const { signal_id: id, ts } = parsed.data;
    const endedAt = this.#real.get(id)?.endedAt ?? ts * 1000;
    this.#real.set(id, { id, endedAt, bp: (netPnlUsd / (entryPrice * initialQty)) * 10_000 });
    if (this.#real.size > this.#most) this.#real.delete(this.#real.keys().next().value ?? '');
  }

  /** The decisions are told anew. */
  forgetDecisions(): void {
    this.#guards.clear();
    this.#open.clear();
    this.#decisions = { approved: 0, blocked: 0, expired: 0 };
    this.#withoutVerdicts = 0;
    this.version++;
  }

  /** The outcomes are told anew. */
  forgetOutcomes(): void {
    this.#trades.clear();
    this.#unresolved.clear();
    this.#older = 0;
    this.#forgottenUpTo = Number.NEGATIVE_INFINITY;
    this.version++;
  }

  /** The event log is told anew. */
  forgetBus(): void {
    this.#real.clear();
    this.version++;
  }

  /** Shadow trades so long ago that only their number is left. */
  get older(): number {
    return this.#older;
  }

  get records(): Records {
    return {
      trades: [...this.#trades.values()],
      real: [...this.#real.values()],
      guards: this.#guardsCounted(),
      decisions: { ...this.#decisions },
      open: this.#open.size,
      unresolved: this.#unresolved.size,
      withoutVerdicts: this.#withoutVerdicts,
      lastAt: this.#lastAt,
    };
  }

  /** Guards that only outcomes name (the decisions were lost) are told as well. */
  #guardsCounted(): Records['guards'] {
    const counts = new Map<string, Asked>([...this.#guards].map(([guard, count]) => [guard, { ...count }]));
    const lost = new Map<string, Asked>();
    for (const { blockedBy, passedBy } of this.#trades.values())
      for (const [guards, blocks] of [
        [blockedBy, 1],
        [passedBy, 0],
      ] as const)
        for (const guard of guards) {
          if (counts.has(guard)) continue;
          const count = lost.get(guard) ?? { asked: 0, blocked: 0 };
          lost.set(guard, { asked: count.asked + 1, blocked: count.blocked + blocks });
        }
    const late = [...lost].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...counts, ...late].map(([guard, count]) => ({ guard, ...count }));
  }

  #heard(ts: number): void {
    this.version++;
    const at = ts * 1000;
    if (this.#lastAt === null || at > this.#lastAt) this.#lastAt = at;
  }

  #forgetOldest(): void {
    for (const [id, { openedAt }] of this.#trades) {
      this.#trades.delete(id);
      this.#older++;
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, openedAt);
      return;
    }
  }
}

function tradeOf(line: Extract<Outcome, { resolved: true }>): Trade {
  return {
    id: line.signal_id,
    symbol: line.symbol,
    strategy: line.strategy,
    regime: line.regime,
    confidence: line.confidence,
    approved: line.original_decision === 'APPROVED',
    blockedBy: line.blocked_by,
    passedBy: line.passed_by,
    foretoldBy: line.foretold_by,
    openedAt: line.entry_ts * 1000,
    endedAt: line.ts * 1000,
    r: line.net_usd / line.risk_usd,
    usd: line.net_usd,
    bp: (line.net_usd / line.notional_usd) * 10_000,
    notionalUsd: line.notional_usd,
    isAmbiguous: line.ambiguous_bars > 0,
    hasGaps: line.missing_bars > 0,
    isReference: line.sized === 'reference',
    isUnfunded: !line.funding_known,
  };
}
