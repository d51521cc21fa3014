import { expect, it } from 'vitest';
import { sampledOverview } from '../../../src/cli/inspector/sampled-overview.ts';
import type { Overview } from '../../../src/inspector/contract.ts';
import { anOverview } from '../../adapters/http/fake-source.ts';

it('an overview that cannot be made ends no bot, and is told again when it can be', () => {
  let tick: () => void = () => undefined;
  let breaks = false;
  const told: Overview[] = [];
  const errors: unknown[] = [];
  sampledOverview(
    () => {
      if (breaks) throw new Error('no');
      return anOverview();
    },
    (one) => told.push(one),
    (_, tell) => {
      tick = tell;
      return () => undefined;
    },
    (error) => errors.push(error),
  );
  breaks = true;
  tick();
  expect(errors).toHaveLength(1);
  breaks = false;
  for (let look = 0; look < 10; look++) tick();
  expect(told).toHaveLength(1);
});
