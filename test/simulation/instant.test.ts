import { describe, expect, it } from 'vitest';
import { scan } from '../../src/adapters/log-scan.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { oneInstant } from '../../src/sim/world/instant.ts';

const MB = 1024 * 1024;

/** How long it takes to read a log where something happens every `everyMs` and nothing else, ms of the world. */
const readingTakes = async (bytes: number, everyMs: number): Promise<number> => {
  const clock = new VirtualClock();
  const log = Buffer.alloc(bytes, '{"event_type":"one"}\n');
  const source = {
    readInto: async (target: Uint8Array, offset: number) => log.copy(target, 0, offset, offset + target.length),
  };
  const goOn = (): void => void clock.setTimeout(goOn, everyMs);
  goOn();
  let readAt: number | null = null;
  void scan(source, bytes, { sequenced: false }).then(() => {
    readAt = clock.now();
  });
  const host = { isWorking: true, settle: () => undefined };
  while (readAt === null) await oneInstant(clock, host);
  return readAt;
};

describe('an instant of the simulated world', () => {
  it('has a log read in it, however far the next is: a healer that opened a ledger of two megabytes was given up', async () => {
    expect(await readingTakes(2 * MB, 60_000)).toBeLessThanOrEqual(60_000);
  });

  it('comes between two parts of a long reading where the next is near', async () => {
    expect(await readingTakes(8 * MB, 10)).toBeGreaterThan(100);
  });
});
