/** What `kintsugi report` says, counted again straight from the files: none of its code; amounts anew from prices, sizes and the fee. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Names = Record<'blocked_by' | 'foretold_by' | 'passed_by', string[]>;
type Line = Record<string, unknown> & Names & { readonly exits: readonly { price: number; qty: number }[] };
const linesOf = (dir: string, file: string): Line[] =>
  readFileSync(join(dir, 'logs', file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

function netOf(line: Line): number {
  const [entry, side] = [Number(line.entry_price), line.direction === 'LONG' ? 1 : -1];
  let net = -entry * Number(line.qty) * 0.0005 + Number(line.funding_usd);
  for (const { price, qty } of line.exits) net += side * (price - entry) * qty - price * qty * 0.0005;
  return net;
}

export function recount(dir: string) {
  const decisions = linesOf(dir, 'signal_decisions.jsonl');
  const ended = linesOf(dir, 'shadow_real_exits.jsonl').filter(({ resolved }) => resolved);
  const trades = ended.map((line) => ({ line, net: netOf(line), r: netOf(line) / Number(line.risk_usd) }));
  const verdicts = decisions.flatMap(({ verdicts: said }) => (said ?? []) as { guard: string; passes: boolean }[]);
  const sum = (some: typeof trades): number => some.reduce((total, { net }) => total + net, 0);
  const mean = (some: typeof trades): number => some.reduce((total, { r }) => total + r, 0) / some.length;
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
  const bySymbol = (symbol: string): number => sum(trades.filter(({ line }) => line.symbol === symbol));
  const approved = sum(trades.filter(({ line }) => line.original_decision === 'APPROVED'));
  return { guards, net: sum(trades), approved, trades: trades.length, decided: decisions.length, bySymbol };
}
