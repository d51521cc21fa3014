import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sequencedLine } from '../../../src/adapters/log-line.ts';
import { RecordsBook } from '../../../src/cli/inspector/records/records-book.ts';
import { fc } from '../../fast-check.ts';
import { freshFolder } from '../cli.ts';

const BUS = 'logs/signal_bus.jsonl';
const SHADOW = 'logs/shadow_trade_outcomes.jsonl';
const START = 1_767_225_600;

/** What may become of a signal: its states after the first, and whether its position is closed. */
const LIVES = [
  ['evaluating', 'blocked', 'learned'],
  ['evaluating', 'blocked'],
  ['evaluating', 'approved', 'executing', 'executed', 'learned'],
  ['evaluating', 'approved', 'executing', 'executed'],
  ['evaluating', 'approved', 'expired'],
  ['expired'],
  [],
] as const;

const log = fc
  .array(
    fc.record({
      life: fc.constantFrom(...LIVES),
      gap: fc.integer({ min: 0, max: 4_000 }),
      price: fc.integer({ min: 1, max: 9 }),
    }),
    {
      maxLength: 25,
    },
  )
  .map((signals) => {
    let seq = 0;
    let ts = START;
    const bus: Uint8Array[] = [];
    const shadow: string[] = [];
    const write = (record: Record<string, unknown>): void => {
      seq++;
      bus.push(
        sequencedLine({ event_id: `e${seq}`, ts, timestamp: new Date(ts * 1000).toISOString(), ...record }, seq),
      );
    };
    for (const [index, { life, gap, price }] of signals.entries()) {
      ts += gap;
      const id = `BTCUSDT_${ts * 1000}_${String(index).padStart(8, '0')}`;
      const signal = { symbol: 'BTCUSDT', direction: 'LONG', ts, price, strategy: 's', confidence: 0.5 };
      write({ event_type: 'signal_generated', signal_id: id, source: 's', signal, state: 'generated' });
      let before = 'generated';
      for (const state of life) {
        ts++;
        const metadata = state === 'blocked' ? { blocker: 'RiskGuard', blocked_by: ['RiskGuard'] } : {};
        write({
          event_type: 'state_change',
          signal_id: id,
          old_state: before,
          new_state: state,
          reason: `RiskGuard: ${price} is too much`,
          metadata,
        });
        const traded = state === 'executed' || (state === 'learned' && before === 'executed');
        if (traded) {
          const qty = state === 'executed' ? 1 : 0;
          const position = {
            signalId: id,
            symbol: 'BTCUSDT',
            direction: 'LONG',
            strategy: 's',
            qty,
            entryPrice: price,
            leverage: 1,
            liquidationPrice: 0,
            openedAt: ts * 1000,
            feesUsd: 0.1,
            realisedUsd: qty ? 0 : 1,
          };
          write({
            event_type: 'position_change',
            signal_id: id,
            change: qty ? 'opened' : 'closed',
            fill_id: `f${seq}`,
            fill: { price },
            position,
            closed: qty ? null : { netPnlUsd: 0.9, feesUsd: 0.1 },
          });
        }
        if (state === 'learned')
          shadow.push(
            `${JSON.stringify({ event_type: 'shadow_trade_outcome', signal_id: id, entry_price: price, exit_price: price + 1, exit_reason: 'timeout', pnl_pct: 0.01, net_pct: 0.0085, ts })}\n`,
          );
        before = state;
      }
    }
    return { bus: Buffer.concat(bus), shadow: Buffer.from(shadow.join('')) };
  });

/** Everything that can be asked, of files that grow piece by piece. */
function told(pieces: readonly (readonly [file: string, bytes: Buffer])[]): unknown {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  let now = 0;
  const book = new RecordsBook(dir, { now: () => now });
  for (const [file, bytes] of pieces) {
    appendFileSync(join(dir, file), bytes);
    now += 1_000;
    book.look();
  }
  const { from, to } = book.history();
  const moments = [0, 0.3, 0.6, 1].map((share) => book.moment((from ?? 0) + ((to ?? 0) - (from ?? 0)) * share));
  const page = book.signals({ limit: 100 });
  return {
    trading: book.trading(),
    page,
    details: page.signals.map(({ id }) => book.signal(id)),
    moments,
    revision: book.revision,
  };
}

const split = (file: string, bytes: Buffer, at: readonly number[]): [string, Buffer][] => {
  const cuts = [...new Set(at.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => [file, bytes.subarray(from, cuts[index] ?? bytes.length)]);
};

describe('reading as it grows', () => {
  it('comes to the same as reading at once, wherever the bytes are split and whichever file comes first', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
    fc.assert(
      fc.property(log, cuts, cuts, fc.boolean(), ({ bus, shadow }, busCuts, shadowCuts, shadowFirst) => {
        const grown = [split(BUS, bus, busCuts), split(SHADOW, shadow, shadowCuts)];
        const pieces = (shadowFirst ? grown.toReversed() : grown).flat();
        expect(told(pieces)).toEqual(
          told([
            [BUS, bus],
            [SHADOW, shadow],
          ]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
