/** Answers questions, dies, and hangs, as it is asked. */
import { answerQuestions, givenAtStart } from '../../src/adapters/worker-answers.ts';

const kept: string[] = [];

answerQuestions((ask, given) => {
  if (ask === 'echo') return { given, start: givenAtStart };
  if (ask === 'refuse') throw new RangeError('that is asked too much');
  if (ask === 'die') process.exit(3);
  if (ask === 'throw') {
    process.nextTick(() => {
      throw new Error('a fault of its own');
    });
  }
  if (ask === 'eat') for (;;) kept.push(`${kept.length}`.repeat(1_000));
  if (ask === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
  return null;
});
