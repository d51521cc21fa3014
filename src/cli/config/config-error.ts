import { CliError, EXIT } from '../exit-codes.ts';
import { type Origin, sayOrigin } from './origin.ts';

/** One thing that is wrong. */
export interface Problem {
  /** Where; a file that could not be read has no places in it. */
  readonly at: Origin | string;
  readonly says: string;
  /** What a person may do about it, where that is not said. */
  readonly advice?: string;
}

const MOST_SAID = 10;

export function sayProblem({ at, says, advice }: Problem): string {
  const where = typeof at === 'string' ? at : sayOrigin(at);
  // A key stands behind its place as behind that of a compiler's message.
  const said = says.startsWith('"') ? `${where} ${says}` : `${where}: ${says}`;
  return advice === undefined ? said : `${said}. ${advice}`;
}

const isTyped = ({ at }: Problem): boolean => typeof at !== 'string' && at.kind === 'flag';

/** The configuration is wrong: where, the key, the value, and what would be right. */
export class ConfigError extends CliError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const said = problems.slice(0, MOST_SAID).map(sayProblem);
    const more = problems.length > MOST_SAID ? [`and ${problems.length - MOST_SAID} more`] : [];
    // What is wrong on the command line is wrong usage, as with any other option.
    super([...said, ...more, 'Nothing was started.'].join('\n'), problems.every(isTyped) ? EXIT.usage : EXIT.config);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
