/** Commands that read a bot's directory, whatever lies in it: they say what they found, and change nothing unless that was asked. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkLine } from '../../src/adapters/log-line.ts';
import { doctor } from '../../src/cli/commands/doctor.ts';
import { explain } from '../../src/cli/commands/explain.ts';
import { heal } from '../../src/cli/commands/heal.ts';
import { incidents } from '../../src/cli/commands/incidents.ts';
import { invariants } from '../../src/cli/commands/invariants.ts';
import { listQuarantine, showQuarantine } from '../../src/cli/commands/quarantine.ts';
import { report } from '../../src/cli/commands/report.ts';
import { status } from '../../src/cli/commands/status.ts';
import { verify } from '../../src/cli/commands/verify.ts';
import { CliError } from '../../src/cli/exit-codes.ts';
import { FileFault } from '../../src/ports/files.ts';
import { fc } from '../fast-check.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { mutated } from './mutated.ts';
import { filesBelow, type RealBot, realRecords, runBot } from './real-records.ts';

let real: RealBot;
const said: string[] = [];
beforeAll(async () => {
  real = await realRecords();
  const hear = (chunk: string | Uint8Array): boolean => {
    said.push(String(chunk));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
});
afterAll(() => vi.restoreAllMocks());

/** Some files of a real bot, each with other bytes, or those of another file. */
const strange = (): fc.Arbitrary<ReadonlyMap<string, Buffer>> => {
  const all = [...real.files.values()].filter((bytes) => bytes.length > 0);
  const paths = [
    ...real.files.keys(),
    'quarantine/index.jsonl',
    'logs/guardian.jsonl',
    'logs/unknown.jsonl',
    'run/live.json',
  ];
  const one = fc.constantFrom(...paths).chain((path) => {
    const own = real.files.get(path) ?? Buffer.from('{}');
    return fc.tuple(fc.constant(path), mutated(own.length > 0 ? [own, own, own, ...all] : all));
  });
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((changes) => new Map(changes));
};

function directory(changes: ReadonlyMap<string, Uint8Array>): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'kintsugi-fuzz-dir-')), 'bot');
  cpSync(real.dir, dir, { recursive: true });
  for (const [path, bytes] of changes) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), bytes);
  }
  return dir;
}

/** An exit code of the documented ones, or an error that is made for people. */
async function inWords(command: () => number | Promise<number>): Promise<number | string> {
  said.length = 0;
  try {
    const code = await command();
    expect([0, 1, 2, 3]).toContain(code);
    expect(said.join('')).not.toBe('');
    return code;
  } catch (error) {
    if (!(error instanceof CliError || error instanceof FileFault)) throw error;
    expect(error.message).not.toBe('');
    return error.message;
  }
}

describe('a directory with any bytes in it', () => {
  it(
    'is told of by every command that reads one, and none changes it',
    async () => {
      await fuzz(strange(), 25, async (changes) => {
        const dir = directory(changes);
        const before = filesBelow(dir);
        const flags = { dir, json: true };
        await inWords(() => doctor(flags));
        await inWords(() => verify(flags));
        await inWords(() => status(flags));
        await inWords(() => incidents(flags));
        await inWords(() => invariants(flags));
        await inWords(() => listQuarantine(flags));
        await inWords(() => showQuarantine('2026', flags));
        await inWords(() => explain('signal_bus', flags));
        await inWords(() => report(flags));
        await inWords(() => heal({ ...flags, dryRun: true }));
        expect(filesBelow(dir)).toEqual(before);
        rmSync(dirname(dir), { recursive: true });
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'is healed: nothing of what cannot be read is gone, and healing once more changes nothing',
    async () => {
      await fuzz(strange(), 15, async (changes) => {
        const dir = directory(changes);
        const first = await inWords(() => heal({ dir, json: true }));
        const healed = filesBelow(dir);
        expect(await inWords(() => heal({ dir, json: true }))).toBe(first);
        const again = filesBelow(dir);
        for (const [path, bytes] of healed)
          if (path !== 'run/epoch') expect(again.get(path)?.equals(bytes), path).toBe(true);
        rmSync(dirname(dir), { recursive: true });
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'is where a bot starts, mends and stops, or says why it cannot',
    async () => {
      await fuzz(
        strange(),
        8,
        async (changes) => {
          const dir = directory(changes);
          const outcome = await inWords(async () => {
            await runBot(dir, 6);
            said.push('it ran');
            return 0;
          });
          expect(outcome === 0 || typeof outcome === 'string').toBe(true);
          // What it found and could not use is kept somewhere.
          const kept = readdirSync(dir, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
            .join('\n');
          for (const [path, bytes] of changes) {
            if (!path.endsWith('.jsonl')) continue;
            for (const line of bytes.toString('latin1').split('\n')) {
              const is = checkLine(Buffer.from(line, 'latin1'), 'verdict').kind;
              // A bad line may be taken apart, where good records are in it.
              const part = is === 'good' ? line.trim() : line.trim().slice(0, 12);
              if (is !== 'blank') expect(kept.includes(part), `${path}: ${line.slice(0, 200)}`).toBe(true);
            }
          }
          rmSync(dirname(dir), { recursive: true });
        },
        { smallest: false },
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
