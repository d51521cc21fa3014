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
  'postgres/partition-copy',
  'package',
  'fuzz/directories',
  'postgres/pg-files',
  'simulation/fleet-store',
  // Neighbours.
  'adapters/ccxt/awkward-answers',
  'adapters/ccxt/ccxt-broker',
  'cli/live-market',
  'cli/inspector',
  'adapters/kill/binance-usdm',
  'adapters/ccxt/ccxt-feed',
  'cli/alerts',
  'cli/live/live-bot',
  'cli/kintsugi',
  'cli/systemd',
  'cli/guarded-run',
  'fake-exchange/stream-faults',
  'cli/segments',
  'cli/config/commands',
  'adapters/ccxt/lease-window',
  'cli/live/open-live',
  'cli/verify',
  'cli/demo',
  'adapters/http/cross-origin',
  'cli/doctor',
  'cli/quarantine',
  'cli/run',
  'cli/resume',
  'cli/pause',
  // What computes.
  'adapters/bit-rot',
  'cli/inspector/records-book',
  'actors/books-agree',
  'model/machines',
  'report/planted-guards',
  'model/guardian',
  'adapters/jsonl-log',
  'inspector/recorder.property',
  'page/layout',
  'simulation/look-ahead',
  'model/life',
  'actors/known-failures',
  'conformance/conformance',
  'inspector/one-value',
  'model/commands/healing',
  'model/commands/supervisor',
  'inspector/create-inspector',
  'actors/real-shadow-keeper',
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
