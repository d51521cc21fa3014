/** What the process's exit tells a script (sysexits where they fit). */
export const EXIT = {
  done: 0,
  failed: 1,
  /** `status`: 0 green, 1 yellow or not known yet, 2 red, 3 not running. */
  yellow: 1,
  unknown: 1,
  red: 2,
  notRunning: 3,
  /** `status`: it could not be told. 1 would say that the bot is being healed. */
  notTold: 4,
  usage: 64,
  /** The exchange, or the way to it, does not answer. Another start may find it: a guardian makes one, for as long as it takes. */
  unreachable: 68,
  /** `run --live`: start-up did not become green in time; no entry was made. */
  notGreen: 69,
  /** The guardian gave up: the bot crashed again and again. */
  crashLoop: 70,
  ownedElsewhere: 75,
  /** `run`: refused, or (`--live`) not confirmed. */
  refused: 77,
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;

/** An error for the person at the terminal, with the exit code it ends in. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
