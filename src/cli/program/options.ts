import { InvalidArgumentError } from 'commander';

/** An empty path would be the folder one happens to be in: most likely a variable of a script that was not set. */
const directory = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty; name a directory.');
  return text;
};

/** Options that many commands share, as `.option(...DIR)` takes them. */
export const DIR = ['-d, --dir <dir>', "the bot's directory", directory, './bot'] as const;
export const JSON_FLAG = ['--json', 'one JSON document on stdout, for machines'] as const;
