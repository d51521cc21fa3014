/** Messages a CPU second through an Effect queue to a fiber that keeps a state, in bursts of N: `node effect.mjs N`. */
import { Deferred, Effect, Fiber, Queue } from 'effect';

const size = Number(process.argv[2]);
const LOSE = { type: 'LOSE' };
const FIND = { type: 'FIND' };
const work = Effect.gen(function* () {
  const queue = yield* Queue.unbounded();
  const signal = Effect.gen(function* () {
    let state = 'ordered';
    for (;;) {
      const message = yield* Queue.take(queue);
      if (message.type === 'ASK') yield* Deferred.succeed(message.to, state);
      else if (state === 'ordered' && message.type === 'LOSE') state = 'reconciling';
      else if (state === 'reconciling' && message.type === 'FIND') state = 'ordered';
    }
  });
  const fiber = yield* Effect.forkDetach(signal);
  const burst = Effect.gen(function* () {
    for (let i = 0; i < size; i += 2) {
      Queue.offerUnsafe(queue, LOSE);
      Queue.offerUnsafe(queue, FIND);
    }
    const to = yield* Deferred.make();
    Queue.offerUnsafe(queue, { type: 'ASK', to });
    yield* Deferred.await(to);
  });
  for (let i = 0; i < 10; i++) yield* burst;
  const began = process.cpuUsage();
  const bursts = 40;
  for (let i = 0; i < bursts; i++) yield* burst;
  const { user, system } = process.cpuUsage(began);
  yield* Fiber.interrupt(fiber);
  return (bursts * size * 1e6) / (user + system);
});
console.log(await Effect.runPromise(work));
