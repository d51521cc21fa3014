/** The thread in which a bot's directory is read: started by `reader.ts`, and by nobody else. */
import { processTime } from '../../../adapters/process-time.ts';
import { answerQuestions, givenAtStart } from '../../../adapters/worker-answers.ts';
import { isQuestion, type Questions } from './questions.ts';
import { RecordsBook } from './records-book.ts';

const { dir } = givenAtStart as { readonly dir: string };
const book = new RecordsBook(dir, { now: processTime().present });

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

answerQuestions((ask, given) => {
  if (!isQuestion(ask)) throw new Error(`nobody answers ${ask}`);
  book.look();
  return (answers[ask] as (...all: readonly unknown[]) => unknown)(...given);
});
