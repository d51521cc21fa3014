import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest is begun first, or all the others wait for it at the end; in turn what computes and what mostly waits, so
 * that two at a time share a processor well. Without this, the order is that of their sizes.
 */
const LONGEST = [
  'faults/kill-at-every-write',
  'faults/healing',
  'browser/every-page',
  'cli/inspector',
  'simulation/recorded-candles',
  'faults/guardian',
  'simulation/seeds',
  'browser/living-bot',
  'browser/red-to-green',
  'faults/storm',
  'faults/alerts-over-a-kill',
  'browser/inspector-chart',
  'cli/alerts',
  'actors/books-agree',
  'actors/exit-gates',
  'cli/run',
  'browser/quick',
  'faults/plan',
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
