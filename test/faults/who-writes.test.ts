/** One actuator per variable: the healer orders, and only the owner of a file writes it. Watched at the files port, by the stack. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { AppendHandle, Files } from '../../src/ports/files.ts';
import { it } from './with-bots.ts';

const HEARTBEAT = 'logs/.bot_heartbeat';
/** Files that are the healer's own. */
const HEALERS = /^(logs\/healing\.jsonl|feature_store\/healing_escalation_state\.json|quarantine\/)/;
/** Code that writes for whoever calls it, and code that delivers mail. */
const PLUMBING =
  /\/(owned-file|owned-log|recorder|effects|positions-keeper|positions-file|bus-history|chained-log|supervisable|mailbox)\.ts/;
/** Code of the healers. */
const HEALER_CODE = /\/src\/(healing\/|actors\/(healer-loop|healing-operator|architecture-healing)\.ts)/;

/** Whose code wanted it: XState delivers mail in the sender's stack, so the innermost that is not plumbing. */
const writerIn = (stack: string): string =>
  stack.split('\n').find((frame) => /\/src\/(actors|healing)\//.test(frame) && !PLUMBING.test(frame)) ?? '';

interface Write {
  readonly path: string;
  readonly how: string;
  readonly byHealer: boolean;
  readonly stack: string;
}

/** Files that note who changes what. */
function watchedFiles(files: Files, writes: Write[]): Files {
  const note = (how: string, path: string): void => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 100;
    const stack = new Error(how).stack ?? '';
    Error.stackTraceLimit = stackTraceLimit;
    writes.push({ path, how, stack, byHealer: HEALER_CODE.test(writerIn(stack)) });
  };
  const wrap = (handle: AppendHandle): AppendHandle => ({
    path: handle.path,
    append: (bytes) => {
      note('append', handle.path);
      return handle.append(bytes);
    },
    overwrite: (offset, bytes) => {
      note('overwrite', handle.path);
      return handle.overwrite(offset, bytes);
    },
    sync: () => handle.sync(),
    stat: () => handle.stat(),
    read: (offset, length) => handle.read(offset, length),
    readInto: (target, offset) => handle.readInto(target, offset),
    close: () => handle.close(),
  });
  return {
    ...files,
    openAppend: async (path, options) => {
      if (options.create) note('openAppend', path);
      return wrap(await files.openAppend(path, options));
    },
    writeWhole: (path, bytes) => {
      note('writeWhole', path);
      return files.writeWhole(path, bytes);
    },
    createNew: (path, bytes) => {
      note('createNew', path);
      return files.createNew(path, bytes);
    },
    move: (from, to) => {
      note('move', from);
      return files.move(from, to);
    },
    restoreMode: (path) => {
      note('restoreMode', path);
      return files.restoreMode(path);
    },
  };
}

describe('a repair', () => {
  it('is done by the owner of the file: no code of a healer ever touches it', async ({ start }) => {
    const writes: Write[] = [];
    const bot = await start({ files: (files) => watchedFiles(files, writes) });
    const at = (path: string): string => join(bot.root, path);
    await bot.until('it trades', () => readFileSync(at('logs/signal_bus.jsonl'), 'utf8').includes('position_change'));
    const healed = (invariant: string) => () =>
      bot.incidents().some((one) => one.invariant === invariant && one.status === 'healed');
    for (const [path, invariant] of [
      ['logs/signal_bus.jsonl', 'signal_bus/log-verifies'],
      ['logs/signals.jsonl', 'signal_engine/signals.jsonl-is-sound'],
      [HEARTBEAT, 'heartbeat/file-exists'],
      ['logs/healing.jsonl', 'healingOperator/healing.jsonl-is-sound'],
    ] as const) {
      rmSync(at(path));
      // The heart beats by itself: a beat that comes before anybody has looked leaves nothing to be missed.
      if (path === HEARTBEAT)
        await bot.until(`${path} is missed`, () => {
          const isMissed = bot.incidents().some((one) => one.invariant === invariant);
          if (!isMissed) rmSync(at(path), { force: true });
          return isMissed;
        });
      await bot.until(`${path} is back`, healed(invariant));
    }
    writeFileSync(at('logs/positions_futures.json'), '{"torn":');
    await bot.until('the positions are back', healed('safety_layer/positions-sound'));
    writeFileSync(at('feature_store/healing_escalation_state.json'), '{"torn":');
    await bot.until('the kill switch is back', healed('healingOperator/healing_escalation_state.json-is-sound'));

    const strangers = writes.filter(({ byHealer, path }) => byHealer && !HEALERS.test(path));
    expect(strangers.map(({ how, path, stack }) => `${how} ${path} by ${writerIn(stack)}`)).toEqual([]);
    // The watch is awake: it saw the healer write what is its own, and owners write what is theirs.
    const own = writes.filter(({ byHealer }) => byHealer).map(({ path }) => path);
    expect(own).toContain('feature_store/healing_escalation_state.json');
    for (const path of ['logs/signal_bus.jsonl', 'logs/positions_futures.json', HEARTBEAT])
      expect(
        writes.some((one) => one.path === path && !one.byHealer),
        path,
      ).toBe(true);
  }, 120_000);
});
