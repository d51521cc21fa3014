/**
 * What `kintsugi report` says, counted again straight from the files: no code of the report, none of its types, nothing shared but
 * the names of fields. Amounts are made anew from prices, sizes and the fee of 0.05 %.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FEE = 0.0005;
type Line = Record<string, unknown> & { blocked_by: string[]; foretold_by: string[]; passed_by: string[] };
const linesOf = (dir: string, file: string): Line[] =>
  readFileSync(join(dir, 'logs', file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
const n = (value: unknown): number => Number(value);

function netOf(line: Line): number {
  const exits = line.exits as { price: number; qty: number }[];
  const side = line.direction === 'LONG' ? 1 : -1;
  const [entry, qty] = [n(line.entry_price), n(line.qty)];
  let net = -entry * qty * FEE - n(line.funding_usd);
  for (const { price, qty: part } of exits) net += side * (price - entry) * part - price * part * FEE;
  return net;
}

export function recount(dir: string) {
  const decisions = linesOf(dir, 'signal_decisions.jsonl');
  const ended = linesOf(dir, 'shadow_real_exits.jsonl').filter(({ resolved }) => resolved);
  const trades = ended.map((line) => ({ line, net: netOf(line) }));
  const verdicts = decisions.flatMap(({ verdicts: said }) => (said ?? []) as { guard: string; passes: boolean }[]);
  const sum = (some: typeof trades): number => some.reduce((total, { net }) => total + net, 0);
  const mean = (some: typeof trades): number =>
    some.reduce((total, { line, net }) => total + net / n(line.risk_usd), 0) / some.length;
  const guards = [...new Set(verdicts.map(({ guard }) => guard))].map((guard) => {
    const blocked = trades.filter(({ line }) => line.blocked_by.includes(guard));
    const sole = blocked.filter(({ line }) => line.blocked_by.length + line.foretold_by.length === 1);
    return {
      guard,
      blocked: verdicts.filter((one) => one.guard === guard && !one.passes).length,
      ended: blocked.length,
      sole: sole.length,
      saved: -sum(blocked),
      avoided: -sum(blocked.filter(({ net }) => net < 0)),
      missed: sum(blocked.filter(({ net }) => net > 0)),
      marginal: -sum(sole),
      won: blocked.filter(({ net }) => net > 0).length,
      selectivity: mean(blocked) - mean(trades.filter(({ line }) => line.passed_by.includes(guard))),
    };
  });
  const bySymbol = new Map<unknown, number>();
  for (const { line, net } of trades) bySymbol.set(line.symbol, (bySymbol.get(line.symbol) ?? 0) + net);
  const approved = trades.filter(({ line }) => line.original_decision === 'APPROVED');
  return {
    guards,
    net: sum(trades),
    approved: sum(approved),
    trades: trades.length,
    decided: decisions.length,
    bySymbol,
  };
}
