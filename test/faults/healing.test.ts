import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivingBot, livingBot } from './living-bot.ts';

describe('scratch', () => {
  let living: LivingBot;
  beforeAll(async () => {
    living = await livingBot();
  });
  afterAll(() => living.stop());
  it('comes up', async () => {
    await new Promise((r) => setTimeout(r, 3000));
    console.log(JSON.stringify(living.status(), null, 1).slice(0, 3000));
    console.log(
      living.said().slice(-20),
      living.incidents().map((i) => [i.invariant, i.status, i.evidence_before.says]),
    );
  });
});
