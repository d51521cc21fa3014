import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest is begun first, or all the others wait for it at the end; in turn what mostly waits and what computes, so that
 * the few at a time share the processors well. Without this, the order is that of their sizes.
 */
const LONGEST = [
  'simulation/seeds',
  'faults/healing',
  'cli/inspector',
  'browser/every-page',
  'live/live-day',
  'faults/guardian',
  'faults/kill-at-every-write',
  'browser/living-bot',
  'browser/red-to-green',
  'simulation/recorded-candles',
  'faults/storm',
  'cli/config/commands',
  'cli/report',
  'faults/alerts-over-a-kill',
  'cli/alerts',
  'faults/plan',
  'browser/inspector-chart',
  'cli/run',
  'browser/quick',
  'actors/books-agree',
  'actors/exit-gates',
].map((name) => `/test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      if (at >= 0) return at;
      // What shares a process is together, in it.
      return project.config.isolate ? LONGEST.length : LONGEST.length + 1;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
