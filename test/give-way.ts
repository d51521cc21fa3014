import { constants, setPriority } from 'node:os';

/**
 * What computes gives way to what lives by the clock: this process, and those that it starts, have what the others leave of the
 * processors. So four files at a time use them up, and a bot beside those that compute is hardly ever late.
 */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
