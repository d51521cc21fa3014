import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest is begun first, or all the others wait for it at the end; in turn what mostly waits and what computes, so that
 * the few at a time share the processors well. Without this, the order is that of their sizes.
 */
const LONGEST = [
  'postgres/live-worker',
  'browser/every-page',
  'simulation/seeds',
  'faults/healing',
  'postgres/fleet',
  'cli/sim/sim',
  'postgres/worker-insides',
  'browser/living-bot',
  'browser/inspector-chart',
  'strace/strace',
  'cli/report',
  'faults/guardian',
  'browser/red-to-green',
  'simulation/recorded-candles',
  'live/live-day',
  'browser/quick',
  'faults/kill-at-every-write',
  'faults/storm',
  'postgres/commands',
  'simulation/fleet',
  'browser/fleet-page',
  'postgres/worker',
  'faults/budgets',
  'faults/sleep',
  'faults/plan',
  'soak/soak',
  'postgres/worker-page',
  'faults/alerts-over-a-kill',
  // Neighbours.
  'adapters/ccxt/ccxt-broker',
  'cli/inspector',
  'cli/segments',
  'cli/live/live-bot',
  'cli/live-market',
  'cli/alerts',
  'cli/config/commands',
  'cli/run',
  'adapters/kill/binance-usdm',
  'cli/guarded-run',
  'cli/kintsugi',
  'cli/systemd',
  'adapters/ccxt/ccxt-feed',
  'cli/verify',
  'cli/demo',
  'cli/quarantine',
  'cli/resume',
  'cli/pause',
  // What computes.
  'actors/books-agree',
  'cli/inspector/records-book',
  'actors/real-shadow-keeper',
  'report/planted-guards',
  'inspector/recorder.property',
  'model/machines',
  'actors/known-failures',
  'model/commands/healing',
  'model/guardian',
  'adapters/bit-rot',
  'adapters/jsonl-log',
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
