import { parentPort, workerData } from 'node:worker_threads';
import type { Answered, Asked } from './worker-client.ts';

/** What this worker was given at its start. */
export const givenAtStart: unknown = workerData;

/**
 * Answers the questions of a {@link WorkerClient}, one after the other; an answer may be a promise. What it throws or rejects
 * with is told to whoever asked.
 * @throws Error outside a worker thread
 */
export function answerQuestions(answer: (ask: string, given: readonly unknown[]) => unknown): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is run as a worker thread, and not by itself');
  let last = Promise.resolve();
  port.on('message', ({ id, ask, with: given }: Asked) => {
    last = last.then(async () => port.postMessage(await answered(id, () => answer(ask, given))));
  });
}

async function answered(id: number, answer: () => unknown): Promise<Answered> {
  try {
    return { id, ok: true, answer: await answer() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, ok: false, name, message };
  }
}
