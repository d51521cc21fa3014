/** The thread in which a bot's directory is read: started by `reader.ts`, and by nobody else. */
import { processTime } from '../../../adapters/process-time.ts';
import { answerQuestions, givenAtStart } from '../../../adapters/worker-answers.ts';
import { isQuestion, type Questions } from './questions.ts';
import { LOOK_EVERY_MS, RecordsBook } from './records-book.ts';
import type { RecordsPlace } from './stored-records.ts';

const { dir, logDir, stored } = givenAtStart as RecordsPlace;
const time = processTime();
const book = new RecordsBook(dir, { now: time.present }, logDir);
const copy = stored === null ? null : (await import('./stored-records.ts')).copyOf(stored, dir);
let copiedAt = Number.NEGATIVE_INFINITY;

const answers: { readonly [Ask in keyof Questions]: (...given: Parameters<Questions[Ask]>) => unknown } = {
  trading: () => book.trading(),
  signals: (query) => book.signals(query),
  signal: (id) => book.signal(id),
  incidents: (query) => book.incidents(query),
  incident: (id) => book.incident(id),
  ledger: () => book.ledger(),
  log: (query) => book.log(query),
  history: () => book.history(),
  moment: (at) => book.moment(at),
  steps: (query) => book.steps(query),
  revision: () => book.revision,
  facts: () => book.facts,
};

answerQuestions(async (ask, given) => {
  if (!isQuestion(ask)) throw new Error(`nobody answers ${ask}`);
  if (copy !== null && time.monotonic() - copiedAt >= LOOK_EVERY_MS) {
    await copy.catchUp();
    copiedAt = time.monotonic();
  }
  book.look();
  return (answers[ask] as (...all: readonly unknown[]) => unknown)(...given);
});
