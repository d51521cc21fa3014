import { readToken, TOKEN_FILE } from '../adapters/request-token.ts';
import { says } from '../ports/says.ts';
import { askThere } from './bot-directory.ts';
import { CliError } from './exit-codes.ts';

/** The bot may be busy with a disk that is slow: the record comes before the answer. */
const DONE_WITHIN_MS = 10_000;

/**
 * Asks the bot that runs there to do something, with the token that only its owner may read.
 * @param isAnswer what tells an answer from an error
 * Throws {@link CliError} where it takes no such request.
 */
export async function askRunningBot<Answer>(
  dir: string,
  request: Readonly<Record<string, unknown>>,
  isAnswer: (answer: Readonly<Record<string, unknown>>) => boolean,
): Promise<Answer> {
  let token: string | null;
  try {
    token = readToken(dir);
  } catch (error) {
    const why = says(error);
    throw new CliError(`${dir}/${TOKEN_FILE} cannot be read (${why}): only who may read it may ask that of the bot`);
  }
  if (token === null) throw new CliError(`${dir}/${TOKEN_FILE} is not there: the bot was started by an older version`);
  const answer = (await askThere(dir, { timeoutMs: DONE_WITHIN_MS, request: { ...request, token } })) as Readonly<
    Record<string, unknown>
  > | null;
  if (answer === null || !isAnswer(answer))
    throw new CliError(
      `the bot in ${dir} did not take the request: ${answer?.error ?? 'it has just stopped; ask again'}`,
    );
  return answer as Answer;
}
