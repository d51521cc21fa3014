import { z } from 'zod';
import { BusHistory } from '../actors/bus-history.ts';
import { DECISIONS_FILE } from '../actors/decision-tracker.ts';
import { EXITS_FILE } from '../actors/exit-gates.ts';
import { busRecord, isoTime, POSITIONS_FILE } from '../actors/records.ts';
import { forgottenIn } from '../actors/retention.ts';
import type { HealingBoard } from '../healing/board.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import { minus, plus } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { Summary } from './bot.ts';

const decision = z.looseObject({ decision: z.string(), blocker_component: z.string().nullable() });
const closedIn = z.looseObject({
  closed: z
    .looseObject({ netPnlUsd: z.number(), feesUsd: z.number(), fundingUsd: z.number().default(0) })
    .nullable()
    .optional(),
});
const exit = z.looseObject({ exit_type: z.string(), ambiguous: z.boolean().default(false) });
const positions = z.looseObject({ open_positions: z.array(z.unknown()) });

export interface Run {
  readonly ticks: number;
  readonly from: number;
  readonly to: number | null;
}

/** A bot that was stopped while it started has not made all its files. */
async function* recordsIn(world: World, log: EventLog): AsyncGenerator<LogRecord> {
  if ((await world.files.stat(log.path)) !== null) yield* log.replay();
}

/** What a run came to, told from the files it left: what is not on disk has not happened. */
export async function summarise(world: World, board: HealingBoard, { ticks, from, to }: Run): Promise<Summary> {
  const states = new Map<string, string>();
  const trades = { closed: 0, won: 0, realised: 0, fees: 0, funding: 0 };
  const byState: Record<string, number> = {};
  const past = new BusHistory(world);
  const logged = (await world.files.stat(world.bus.path)) !== null;
  if (logged) await past.catchUp();
  for await (const raw of logged ? past.replay() : []) {
    const forgotten = forgottenIn(raw);
    for (const state of forgotten ? (['learned', 'expired'] as const) : [])
      if (forgotten?.[state]) byState[state] = forgotten[state];
    const parsed = busRecord.safeParse(raw);
    if (!parsed.success) continue;
    const record = parsed.data;
    if (record.event_type === 'signal_generated') states.set(record.signal_id, 'generated');
    else if (record.event_type === 'state_change') states.set(record.signal_id, record.new_state);
    else if (record.event_type === 'position_change') {
      const { closed } = closedIn.parse(record);
      if (!closed) continue;
      trades.closed++;
      if (closed.netPnlUsd > 0) trades.won++;
      trades.realised = plus(trades.realised, closed.netPnlUsd);
      trades.fees = plus(trades.fees, closed.feesUsd);
      trades.funding = plus(trades.funding, closed.fundingUsd);
    } else if (record.event_type === 'funding_payment' && record.closed !== null) {
      // Heard of when its position had been closed: its result was counted without.
      const { amountUsd } = record.payment;
      const { netPnlUsd } = record.closed;
      trades.won += Number(netPnlUsd > 0) - Number(minus(netPnlUsd, amountUsd) > 0);
      trades.realised = plus(trades.realised, amountUsd);
      trades.funding = plus(trades.funding, amountUsd);
    }
  }
  for (const state of states.values()) byState[state] = (byState[state] ?? 0) + 1;

  const byGuard: Record<string, number> = {};
  for await (const raw of recordsIn(world, world.logs.log(DECISIONS_FILE, { sequenced: false }))) {
    const parsed = decision.safeParse(raw);
    if (!parsed.success) continue;
    const name = parsed.data.blocker_component ?? parsed.data.decision;
    byGuard[name] = (byGuard[name] ?? 0) + 1;
  }

  const exits = { total: 0, ambiguous: 0 };
  for await (const raw of recordsIn(world, world.logs.log(EXITS_FILE, { sequenced: false }))) {
    const parsed = exit.safeParse(raw);
    if (!parsed.success) continue;
    exits.total++;
    if (parsed.data.ambiguous) exits.ambiguous++;
  }

  const held = await world.store.load(POSITIONS_FILE, positions);
  // A bot that was stopped because its exchange is gone has been stopped cleanly all the same.
  const equityUsd = await world.broker.equityUsd().catch((error: unknown) => {
    world.log.warn(`the equity could not be asked for at the end: ${says(error)}`);
    return null;
  });
  const round = (amount: number) => Math.round(amount * 100) / 100;
  const { total, healed, failed, cleared } = board.counts;
  return {
    signals_by_state: byState,
    decisions_by_guard: byGuard,
    trades: { closed: trades.closed, open: held.ok ? held.value.open_positions.length : 0, won: trades.won },
    exits,
    pnl_usd: {
      realised: round(trades.realised),
      fees: round(trades.fees),
      funding: round(trades.funding),
      equity: equityUsd === null ? null : round(equityUsd),
    },
    incidents: { total, healed, failed, open: Math.max(0, total - healed - cleared) },
    ticks,
    from: isoTime(from),
    to: to === null ? null : isoTime(to),
  };
}
