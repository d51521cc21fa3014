import { describe, expect, it } from 'vitest';
import { exitCodeOf, sayEnding } from '../../../src/cli/guardian/words.ts';

const HANGS = 'no word for 10 s';

describe('how a bot ended', () => {
  it.each([
    [{ code: null, signal: 'SIGKILL', hung: HANGS }, 'was ended by force: no word for 10 s'],
    [{ code: null, signal: 'SIGABRT', hung: null }, expect.stringMatching(/^was ended by SIGABRT .*out of memory/)],
    [{ code: null, signal: 'SIGSEGV', hung: null }, 'was ended by SIGSEGV'],
    [{ code: 0, signal: null, hung: null }, 'ended by itself with exit code 0'],
    [{ code: 68, signal: null, hung: null }, 'could not reach the exchange (exit code 68)'],
    [{ code: null, signal: null, hung: null }, 'could not be started'],
  ])('is said of %j', (end, says) => {
    expect(sayEnding(end)).toEqual(says);
  });

  const left = { code: null, signal: null, hung: null };
  const once = { signal: 'SIGINT', presses: 1 } as const;
  it.each([
    ['it gave up, whatever the bot ended with', { end: { ...left, code: 1 }, asked: null, gaveUp: true }, 70],
    ['it was stopped while no bot ran', { end: null, asked: once, gaveUp: false }, 0],
    ['the bot has an exit code of its own', { end: { ...left, code: 75 }, asked: null, gaveUp: false }, 75],
    [
      'the bot has one, though it was pressed twice',
      { end: { ...left, code: 0 }, asked: { ...once, presses: 2 }, gaveUp: false },
      0,
    ],
    [
      'the second Ctrl-C ended it',
      { end: { ...left, signal: 'SIGKILL' }, asked: { ...once, presses: 2 }, gaveUp: false },
      130,
    ],
    [
      'the second SIGTERM ended it',
      { end: { ...left, signal: 'SIGKILL' }, asked: { signal: 'SIGTERM', presses: 2 }, gaveUp: false },
      143,
    ],
    ['one Ctrl-C came, and it was killed', { end: { ...left, signal: 'SIGKILL' }, asked: once, gaveUp: false }, 137],
    ['it was killed, and nobody asked', { end: { ...left, signal: 'SIGTERM' }, asked: null, gaveUp: false }, 143],
    ['it hung', { end: { ...left, signal: 'SIGKILL', hung: HANGS }, asked: null, gaveUp: false }, 1],
    ['it could not be started', { end: left, asked: null, gaveUp: false }, 1],
  ] as const)('becomes the exit code of the guardian where %s', (_, output, code) => {
    expect(exitCodeOf(output)).toBe(code);
  });
});
