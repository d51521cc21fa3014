/**
 * Loaded before the bot where its calls are counted: the names of its files are the same in every run, so that strace can
 * be told which they are. Nothing else of the bot is touched.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

let made = 0;
crypto.randomUUID = () => {
  made += 1;
  return `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`;
};
let drawn = 0;
crypto.randomBytes = (length) => {
  drawn += 1;
  return Buffer.from(drawn.toString(16).padStart(length * 2, '0'), 'hex');
};
syncBuiltinESMExports();
// What is set aside is named after the time.
Date.now = () => Date.UTC(2026, 0, 1);
