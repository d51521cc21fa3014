import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest is begun first, or all the others wait for it at the end; in turn what mostly waits and what computes, so that
 * the few at a time share the processors well. Without this, the order is that of their sizes.
 */
const LONGEST = [
  'postgres/live-worker',
  'browser/every-page',
  'faults/healing',
  'faults/kill-at-every-write',
  'postgres/worker-insides',
  'postgres/fleet',
  'live/live-day',
  'faults/guardian',
  'faults/storm',
  'browser/red-to-green',
  'simulation/seeds',
  'browser/living-bot',
  'browser/inspector-chart',
  'cli/inspector',
  'cli/sim/sim',
  'postgres/commands',
  'adapters/ccxt/ccxt-broker',
  'strace/strace',
  'browser/quick',
  'cli/live/live-bot',
  'postgres/worker',
  'cli/live-market',
  'simulation/fleet',
  'faults/budgets',
  'cli/alerts',
  'adapters/kill/binance-usdm',
  'cli/flatten',
  'cli/report',
  'faults/sleep',
  'browser/fleet-page',
  'cli/config/commands',
  'faults/plan',
  'simulation/recorded-candles',
  'adapters/ccxt/ccxt-feed',
  'actors/books-agree',
  'cli/inspector/records-book',
].map((name) => `/test/${name}.test.ts`);

/** What shares a process is together, in it; what mostly computes comes last, since its files are short, and leave no processor idle. */
const SHARING: Readonly<Record<string, number>> = { neighbours: 1, computing: 2 };

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return (SHARING[project.name] ?? 0) * (LONGEST.length + 1) + (at < 0 ? LONGEST.length : at);
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
