import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sequencedLine } from '../../src/adapters/log-line.ts';
import { examine } from '../../src/cli/doctor/examine.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { freshFolder, kintsugi } from './cli.ts';

const BUS = 'logs/signal_bus.jsonl';
const POSITIONS = 'logs/positions_futures.json';
let sound: string;
beforeAll(async () => {
  sound = freshFolder();
  const { code, err } = await kintsugi(['run', '--speed', 'max', '--for', '10m', '--seed', '7', '--dir', sound]);
  if (code !== 0) throw new Error(`the bot did not run: ${err}`);
});

const copy = (): string => {
  const dir = freshFolder();
  cpSync(sound, dir, { recursive: true });
  return dir;
};
/** Everything that can change about a folder: names, modes, times, bytes. */
const imprint = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(dir, name));
      const bytes = stats.isFile()
        ? createHash('sha256')
            .update(readFileSync(join(dir, name)))
            .digest('hex')
        : '';
      return `${name} ${stats.mode} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino} ${bytes}`;
    });
/** Where line `line` (from 1) begins. */
const offsetOf = (dir: string, file: string, line: number): number =>
  readFileSync(join(dir, file), 'utf8')
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
const damage = (dir: string, file: string, line: number): number => {
  const bytes = readFileSync(join(dir, file));
  const offset = offsetOf(dir, file, line);
  bytes[offset + 20] = 0;
  writeFileSync(join(dir, file), bytes);
  return offset;
};
const heal = async (dir: string, ...more: string[]) => {
  const { code, out, err } = await kintsugi(['heal', '--dir', dir, '--json', ...more]);
  return { code, err, report: JSON.parse(out === '' ? 'null' : out) };
};
/** A position without what is in no log: how far the price went between two fills. */
const unmarked = ({ peak_price, trough_price, stop_price, ...rest }: Record<string, unknown>) => rest;
const worst = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity !== 'info');

describe('kintsugi doctor', () => {
  it('finds nothing in what a bot has left, and changes nothing', async () => {
    const before = imprint(sound);
    expect(worst((await examine(sound)).findings)).toEqual([]);
    expect(imprint(sound)).toEqual(before);
  });

  it('finds nothing in a log whose rotation came half-way: one file with two names is read once', async () => {
    const dir = copy();
    linkSync(join(dir, BUS), join(dir, 'logs/signal_bus-000001.jsonl'));
    const { findings, facts } = await examine(dir);
    expect(worst(findings)).toEqual([]);
    expect(facts?.records).toBe((await examine(sound)).facts?.records);
  });

  it('names file, line, offset and reason of a damaged line, and the number that is missing', async () => {
    const dir = copy();
    const offset = damage(dir, BUS, 10);
    const before = imprint(dir);
    const { findings } = await examine(dir);
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'bad-line',
        file: BUS,
        line: 10,
        offset,
        reason: expect.stringContaining('checksum'),
      }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'sequence', line: 11, reason: 'seq 10 is missing' }),
    );
    expect(imprint(dir)).toEqual(before);
  });

  it('takes numbers that the log itself says are lost for no gap', async () => {
    const dir = copy();
    const file = join(dir, BUS);
    const last = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    const { ts, timestamp } = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '');
    const stamped = { event_id: 'x', ts, timestamp };
    const words = { event_type: 'history_lost', says: 'it is gone', lost: [last + 1, last + 1] };
    appendFileSync(file, sequencedLine({ ...words, ...stamped }, last + 2));
    appendFileSync(
      file,
      sequencedLine({ event_type: 'history_explained', says: 'nobody needs it', ...stamped }, last + 3),
    );
    const { findings } = await examine(dir);
    expect(worst(findings)).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'sequence', reason: `seq ${last + 1} is lost, as this record says` }),
    );
  });

  it('names a torn tail without closing it', async () => {
    const dir = copy();
    const file = join(dir, 'logs/signals.jsonl');
    const { length } = readFileSync(file);
    appendFileSync(file, '{"ts":1,"sym');
    const { findings } = await examine(dir);
    expect(worst(findings)).toEqual([
      expect.objectContaining({ kind: 'bad-line', file: 'logs/signals.jsonl', offset: length }),
    ]);
    expect(readFileSync(file).length).toBe(length + 12);
  });

  it('names documents that do not parse, with the place', async () => {
    const dir = copy();
    writeFileSync(join(dir, 'feature_store/BTCUSDT.json'), '{"a": 1,\n nope}');
    expect(worst((await examine(dir)).findings)).toEqual([
      expect.objectContaining({ kind: 'bad-document', file: 'feature_store/BTCUSDT.json', line: 2, offset: 10 }),
    ]);
  });

  it('names positions that are not what the log says', async () => {
    const dir = copy();
    const document = JSON.parse(readFileSync(join(dir, POSITIONS), 'utf8'));
    const [known] = [...document.open_positions, ...document.closed_positions];
    document.open_positions = [{ ...known, signal_id: 'BTCUSDT_1_00000000', qty: 77, initial_qty: 77 }];
    writeFileSync(join(dir, POSITIONS), JSON.stringify(document));
    expect(worst((await examine(dir)).findings)).toEqual([
      expect.objectContaining({ kind: 'positions', file: POSITIONS, reason: expect.stringContaining('77') }),
    ]);
  });

  it('names links that lead out, without following them, and files that may not be read', async () => {
    const dir = copy();
    symlinkSync('/etc/passwd', join(dir, 'logs/out.jsonl'));
    chmodSync(join(dir, 'logs/signals.jsonl'), 0o000);
    const { findings } = await examine(dir);
    expect(worst(findings)).toEqual([
      expect.objectContaining({ kind: 'link', file: 'logs/out.jsonl', reason: expect.stringContaining('/etc/passwd') }),
      expect.objectContaining({ kind: 'unreadable', file: 'logs/signals.jsonl' }),
    ]);
  });

  it.each([BUS, POSITIONS, 'logs/signal_decisions.jsonl', 'logs/healing.jsonl'])(
    'names %s when it is missing',
    async (file) => {
      const dir = copy();
      rmSync(join(dir, file));
      expect(worst((await examine(dir)).findings).map((finding) => finding.file)).toContain(file);
    },
  );

  it('tells an illegal way and a state that does not exist, in a log that another bot wrote', async () => {
    const dir = freshFolder();
    mkdirSync(join(dir, 'logs'));
    const change = (id: string, old_state: string, new_state: string) =>
      JSON.stringify({ event_type: 'state_change', signal_id: id, old_state, new_state, ts: 2 });
    const born = (id: string) =>
      JSON.stringify({ event_type: 'signal_generated', signal_id: id, ts: 1, state: 'generated' });
    writeFileSync(
      join(dir, BUS),
      `${[born('A'), change('A', 'generated', 'blocked'), born('B'), change('B', 'generated', 'dreaming')].join('\n')}\n`,
    );
    writeFileSync(join(dir, POSITIONS), '{"open_positions": [{"symbol": "BTCUSDT"}], "closed_positions": []}');
    const { findings, ours } = await examine(dir);
    expect(ours).toBe(false);
    expect(worst(findings)).toEqual([
      expect.objectContaining({ line: 2, reason: 'signal A cannot go from generated to blocked' }),
      expect.objectContaining({ line: 4, reason: 'signal B: there is no state "dreaming"' }),
    ]);
  });

  it('warns of a signal that has rested unfinished for more than an hour when the log ends', async () => {
    const dir = freshFolder();
    mkdirSync(join(dir, 'logs'));
    const born = (id: string, ts: number, seq: number) =>
      sequencedLine({ event_type: 'signal_generated', signal_id: id, ts, state: 'generated' }, seq);
    writeFileSync(join(dir, BUS), Buffer.concat([born('OLD', 0, 1), born('NEW', 4_000, 2)]));
    const unfinished = (await examine(dir)).findings.filter(({ kind }) => kind === 'unfinished');
    expect(unfinished.map(({ line, severity }) => [line, severity])).toEqual([
      [1, 'warning'],
      [2, 'info'],
    ]);
  });

  it('calls a folder without records sound', async () => {
    expect((await examine(freshFolder())).findings).toEqual([]);
  });
});

describe('kintsugi heal', () => {
  it('--dry-run says what it would do and writes nothing', async () => {
    const dir = copy();
    damage(dir, BUS, 10);
    const before = imprint(dir);
    const { code, report } = await heal(dir, '--dry-run');
    expect(code).toBe(1);
    expect(report.would).toEqual([{ file: BUS, does: expect.stringContaining('1 bad line (10)') }]);
    expect(imprint(dir)).toEqual(before);
  });

  it('tells beforehand and afterwards that the checkpoint goes with the log it was made of, and of no other', async () => {
    const checkpoint = 'state/bus_checkpoint.json';
    const dir = copy();
    expect(existsSync(join(dir, checkpoint))).toBe(true);
    damage(dir, 'logs/signals.jsonl', 3);
    expect((await heal(dir, '--dry-run')).report.would[0].does).not.toContain(checkpoint);
    damage(dir, BUS, 10);
    const would = (await heal(dir, '--dry-run')).report.would.find(({ file }: { file: string }) => file === BUS);
    expect(would.does).toContain(`move ${checkpoint} to quarantine/`);
    const mended = (await heal(dir)).report.mended.find(({ file }: { file: string }) => file === BUS);
    const [, kept = ''] = /state\/bus_checkpoint\.json, .+ moved to (quarantine\/\S+)$/.exec(mended.came_of_it) ?? [];
    expect([existsSync(join(dir, kept)), existsSync(join(dir, checkpoint))]).toEqual([true, false]);
  });

  it('touches nothing where nothing is broken', async () => {
    const dir = copy();
    const before = imprint(dir);
    expect(await heal(dir)).toMatchObject({ code: 0, report: { sound: true, mended: [] } });
    expect(imprint(dir)).toEqual(before);
  });

  it("leaves other programs' files as they are: they may be about to be written, and nobody here would write them anew", async () => {
    const dir = copy();
    writeFileSync(join(dir, 'notes.json'), '{"half": ');
    writeFileSync(join(dir, 'logs/somebody.jsonl'), '{"a": 1}\nnope\n{"b": ');
    const before = imprint(dir);
    const { code, report } = await heal(dir);
    expect({ code, report }).toMatchObject({ code: 0, report: { sound: true, mended: [] } });
    const told = report.findings.filter(({ file }: Finding) => file === 'notes.json' || file === 'logs/somebody.jsonl');
    expect(told.map(({ severity, line }: Finding) => [severity, line])).toEqual([
      ['info', 2],
      ['info', 3],
      ['info', null],
    ]);
    for (const { remedy } of told) expect(remedy).toContain('leaves it');
    expect(imprint(dir)).toEqual(before);
  });

  it('moves a bad line to quarantine and leaves every other byte where it was', async () => {
    const dir = copy();
    const offset = damage(dir, BUS, 10);
    const before = readFileSync(join(dir, BUS));
    const end = before.indexOf(0x0a, offset);
    expect(await heal(dir)).toMatchObject({ code: 0, report: { sound: true } });
    const after = readFileSync(join(dir, BUS));
    expect(after.subarray(offset, end).toString().trim()).toBe('');
    expect(Buffer.concat([after.subarray(0, offset), after.subarray(end)])).toEqual(
      Buffer.concat([before.subarray(0, offset), before.subarray(end)]),
    );
    const kept = readdirSync(join(dir, 'quarantine')).find((name) => name.endsWith('.bin'));
    expect(readFileSync(join(dir, 'quarantine', String(kept)))).toEqual(before.subarray(offset, end));
    expect((await kintsugi(['doctor', '--dir', dir])).code).toBe(0);
  });

  it('leaves nothing to find, and doctor names a file of quarantine once, however many lines are in it', async () => {
    const dir = copy();
    for (const line of [10, 11, 12]) damage(dir, BUS, line);
    const { report } = await heal(dir);
    expect(report.sound).toBe(true);
    const told = report.findings.find(({ reason }: Finding) => reason.startsWith('seq 10 to 12 are in quarantine'));
    const files: readonly string[] = told.reason.replace(/^.+: /, '').split(', ');
    expect(files.length).toBeGreaterThan(0);
    expect(files).toEqual([...new Set(files)]);
  });

  it('rebuilds lost and unreadable positions from the log, and keeps the old bytes', async () => {
    for (const bytes of [null, '{"open_positions": [']) {
      const dir = copy();
      const before = JSON.parse(readFileSync(join(dir, POSITIONS), 'utf8'));
      if (bytes === null) rmSync(join(dir, POSITIONS));
      else writeFileSync(join(dir, POSITIONS), bytes);
      expect(await heal(dir)).toMatchObject({ code: 0 });
      const after = JSON.parse(readFileSync(join(dir, POSITIONS), 'utf8'));
      expect(after.closed_positions.map(unmarked)).toEqual(before.closed_positions.map(unmarked));
      expect(after.open_positions.map(unmarked)).toEqual(before.open_positions.map(unmarked));
      expect(after.closed_positions.length + after.open_positions.length).toBeGreaterThan(0);
    }
  });

  it('never writes positions that the exchange contradicts', async () => {
    const dir = copy();
    const file = join(dir, 'state/paper_exchange.json');
    const exchange = JSON.parse(readFileSync(file, 'utf8'));
    exchange.positions = { ...exchange.positions, BTCUSDT: { qty: 5, entry: 100, marginUsd: 1 } };
    writeFileSync(file, JSON.stringify(exchange));
    writeFileSync(join(dir, POSITIONS), 'damaged');
    const { code, report } = await heal(dir);
    expect(code).toBe(1);
    expect(report.left[0].why).toContain('BTCUSDT');
    expect(readFileSync(join(dir, POSITIONS), 'utf8')).toBe('damaged');
  });

  it('leaves what alone knows what the paper account holds, and doctor does not promise that it would be moved', async () => {
    const dir = copy();
    writeFileSync(join(dir, 'state/paper_exchange.json'), '{');
    const { code, report } = await heal(dir);
    expect(code).toBe(1);
    expect(report.left).toMatchObject([
      { file: 'state/paper_exchange.json', why: expect.stringContaining('begin anew') },
    ]);
    const { findings } = await examine(dir);
    expect(findings.map(({ remedy }) => remedy)).toEqual([expect.stringMatching(/^put a copy of it back/)]);
  });

  it('puts the kill switch on when it cannot be read whether it was', async () => {
    const dir = copy();
    const file = join(dir, 'feature_store/healing_escalation_state.json');
    writeFileSync(file, '{"soft_kill_sw');
    expect(await heal(dir)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ soft_kill_switch_active: true });
  });

  it('creates a missing file only where the log proves that nothing stood in it', async () => {
    const dir = copy();
    rmSync(join(dir, 'logs/signal_decisions.jsonl'));
    const { code, report } = await heal(dir);
    expect(code).toBe(1);
    expect(report.findings[0]).toMatchObject({
      file: 'logs/signal_decisions.jsonl',
      reason: expect.stringContaining('lost'),
    });
    const empty = copy();
    for (const name of readdirSync(join(empty, 'logs'))) {
      if (name.endsWith('.jsonl')) writeFileSync(join(empty, 'logs', name), '');
    }
    rmSync(join(empty, POSITIONS));
    rmSync(join(empty, 'state'), { recursive: true });
    rmSync(join(empty, 'logs/signal_decisions.jsonl'));
    const { report: healed } = await heal(empty);
    expect(healed.mended.map(({ file }: { file: string }) => file)).toContain('logs/signal_decisions.jsonl');
  });
});
