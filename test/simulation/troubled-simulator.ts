/** A thread that is asked to simulate, and does what its seed says instead. */
import { answerQuestions } from '../../src/adapters/worker-answers.ts';
import type { Script } from '../../src/sim/script.ts';
import { outcome } from './outcomes.ts';

answerQuestions(async (_, [script]) => {
  const { seed } = script as Script;
  if (seed === 13) process.exit(3);
  if (seed === 14) for (;;) Math.sqrt(seed);
  if (seed === 15) throw new TypeError('of undefined');
  return outcome(seed);
});
