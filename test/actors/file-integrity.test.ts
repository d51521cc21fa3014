import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERTS_STATE_FILE } from '../../src/actors/alert-outbox.ts';
import { DECISIONS_FILE, decisionTrackerActor } from '../../src/actors/decision-tracker.ts';
import { fileIntegrityActor } from '../../src/actors/file-integrity.ts';
import { ESCALATION_FILE, LEDGER_FILE } from '../../src/actors/healing-operator.ts';
import { REAL_SHADOWS_FILE } from '../../src/actors/real-shadow-keeper.ts';
import { POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { PREDICTIONS_FILE, SIGNALS_FILE } from '../../src/actors/signal-engine.ts';
import { EXCHANGE_FILE } from '../../src/adapters/paper-state.ts';
import { type Laboratory, laboratories, ordered, repairing } from './laboratory.ts';

const laboratory = laboratories();
const begin = async (prepare: (t: Laboratory) => Promise<unknown> = async () => undefined): Promise<Laboratory> => {
  const t = await laboratory();
  await prepare(t);
  await t.start('decisionTracker', decisionTrackerActor);
  await t.start('fileIntegrity', fileIntegrityActor);
  await t.settle();
  return t;
};
const track = (t: Laboratory, n: number) =>
  t.post('decisionTracker', { type: 'TRACK', record: { event_type: 'signal_decision', signal_id: `s-${n}` } });
const ids = async (t: Laboratory) => (await t.records(DECISIONS_FILE)).map(({ signal_id }) => signal_id);
/** As an editor, a shell or a broken disk would: past the bot. */
const tamper = async (t: Laboratory, path: string, content: string) => {
  await mkdir(dirname(join(t.dir, path)), { recursive: true });
  await writeFile(join(t.dir, path), content);
  await t.changed(path);
};
const spoil = async (t: Laboratory, path: string, content: string) => {
  await appendFile(join(t.dir, path), content);
  await t.changed(path);
};
const mend = (t: Laboratory, target: string) => t.post('fileIntegrity', repairing(target));
const work = ({ snapshot }: Laboratory) => snapshot('fileIntegrity').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('fileIntegrity').context;
const damaged = (t: Laboratory): string[] => context(t).damaged.map(({ path }: { path: string }) => path);
const strangers = (t: Laboratory): string[] => context(t).strangersDamage.map(({ path }: { path: string }) => path);
const done = (t: Laboratory) => t.sent('healingOperator', 'REMEDY.DONE');
const contentOf = async (t: Laboratory, file: string | undefined) => readFile(join(t.dir, file ?? ''), 'utf8');

describe('file integrity', () => {
  it('verifies every JSON and JSONL file of the bot, but what lies in quarantine', async () => {
    const t = await begin(async (one) => {
      await one.put('settings.json', '{}\n');
      await one.put('deep/er/list.jsonl', '{}\n');
      await one.put('notes.txt', 'not json');
      await one.put('quarantine/bad.json', 'not json');
      await one.put('run/lock.json', 'not json');
      await one.put('.vscode/settings.json', '{ /* as editors write it */ }');
    });
    // The three: the settings, the list, and the log of decisions.
    expect(context(t)).toMatchObject({ verifiedFiles: 3, damaged: [], ownersDamage: [], verifiedAt: t.clock.now() });
    expect(work(t)).toBe('resting');
    expect((await t.world.files.stat('quarantine'))?.kind).toBe('folder');
  });

  it('finds at start what was damaged before it, and says where', async () => {
    const t = await begin((one) => one.put(SIGNALS_FILE, '{"n":1}\nrubbish\n{"n":2}\n'));
    expect(work(t)).toBe('damaged');
    expect(context(t).damaged).toEqual([
      { path: SIGNALS_FILE, says: expect.stringMatching(/^1 bad line; the first is line 2, byte 8: /) },
    ]);
  });

  it('puts a bad line of the log of another into quarantine, in place; its owner writes on, and nothing is lost', async () => {
    const t = await begin();
    await track(t, 1);
    const before = await t.text(DECISIONS_FILE);
    await spoil(t, DECISIONS_FILE, 'half a rec\n');
    await track(t, 2);
    expect(damaged(t)).toEqual([DECISIONS_FILE]);
    const size = (await t.text(DECISIONS_FILE)).length;
    await mend(t, 'all');
    await track(t, 3);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    const after = await t.text(DECISIONS_FILE);
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length, before.length + 11).trim()).toBe('');
    expect(after.length).toBeGreaterThan(size);
    const [entry] = await t.world.quarantine.list();
    expect(entry).toMatchObject({ source: DECISIONS_FILE, offset: before.length });
    expect(await contentOf(t, entry?.file)).toContain('half a rec');
    expect(work(t)).toBe('resting');
    expect(done(t)).toMatchObject([{ incident: 'i-1', evidence: { figures: { files: 1, quarantined: 1 } } }]);
    expect(t.snapshot('decisionTracker').value.running.work).toBe('idle');
  });

  it('mends a log when it is named, and leaves others as they are', async () => {
    const t = await begin();
    await tamper(t, SIGNALS_FILE, 'rubbish\n');
    await tamper(t, PREDICTIONS_FILE, 'rubbish\n');
    expect(damaged(t)).toEqual([SIGNALS_FILE, PREDICTIONS_FILE]);
    await mend(t, SIGNALS_FILE);
    expect(damaged(t)).toEqual([PREDICTIONS_FILE]);
    expect(await contentOf(t, PREDICTIONS_FILE)).toBe('rubbish\n');
  });

  it.each([
    [SIGNAL_BUS_FILE, 'rubbish\n'],
    [LEDGER_FILE, 'rubbish\n'],
    [POSITIONS_FILE, '{"open_positions": ['],
    [ESCALATION_FILE, 'not json'],
    [EXCHANGE_FILE, '{"cashUsd": 1'],
    ['feature_store/BTCUSDT.json', 'not json'],
    ['feature_store/intelligence/summary.json', 'not json'],
  ])('only tells the damage of %s: its owner mends it', async (path, content) => {
    const t = await begin((one) => one.put(path, content));
    expect(context(t)).toMatchObject({ damaged: [], ownersDamage: [{ path }] });
    expect(work(t)).toBe('resting');
    await mend(t, 'all');
    expect(await t.text(path)).toBe(content);
    expect(await t.world.quarantine.list()).toEqual([]);
    expect(done(t)).toMatchObject([{ evidence: { says: 'there was nothing to mend', figures: { files: 0 } } }]);
  });

  it('puts back the last good copy of a document, and keeps the bad one', async () => {
    const t = await begin((one) => one.put(REAL_SHADOWS_FILE, '{"a": 1}\n'));
    await tamper(t, REAL_SHADOWS_FILE, '{"a": 2}\n');
    await tamper(t, REAL_SHADOWS_FILE, '{"a": ');
    expect(damaged(t)).toEqual([REAL_SHADOWS_FILE]);
    await mend(t, 'all');
    expect(await t.text(REAL_SHADOWS_FILE)).toBe('{"a": 2}\n');
    const [entry] = await t.world.quarantine.list();
    expect(await contentOf(t, entry?.file)).toBe('{"a": ');
    expect(work(t)).toBe('resting');
  });

  it('moves a document away of which no good copy was known: nothing is deleted', async () => {
    const t = await begin((one) => one.put(REAL_SHADOWS_FILE, '{"a": '));
    await mend(t, 'all');
    expect(await t.world.files.read(REAL_SHADOWS_FILE)).toBe(null);
    const [entry] = await t.world.quarantine.list();
    expect(await contentOf(t, entry?.file)).toBe('{"a": ');
    expect(await contentOf(t, `${entry?.file}.original`)).toBe('{"a": ');
    expect(work(t)).toBe('resting');
  });

  it('changes nothing while the quarantine cannot be written, says so, and mends when it can', async () => {
    const t = await begin((one) => one.put(REAL_SHADOWS_FILE, '{"a": 1}\n'));
    await tamper(t, REAL_SHADOWS_FILE, '{"a": ');
    await spoil(t, DECISIONS_FILE, 'rubbish\n');
    for (const operation of ['createNew', 'writeWhole', 'append', 'openAppend'] as const)
      t.refuse(/^quarantine/, operation);
    await mend(t, REAL_SHADOWS_FILE);
    await mend(t, DECISIONS_FILE);
    const refusals = t.sent('healingOperator', 'REMEDY.FAILED');
    expect(refusals).toHaveLength(2);
    for (const { error } of refusals) expect(error).toContain('ENOSPC');
    expect(await t.text(REAL_SHADOWS_FILE)).toBe('{"a": ');
    expect(await t.text(DECISIONS_FILE)).toBe('rubbish\n');
    expect(damaged(t).toSorted()).toEqual([DECISIONS_FILE, REAL_SHADOWS_FILE]);
    t.accept();
    await mend(t, 'all');
    expect(await t.text(REAL_SHADOWS_FILE)).toBe('{"a": 1}\n');
    expect(work(t)).toBe('resting');
  });

  it('sees that damage was mended by somebody else, or went away with its file', async () => {
    const t = await begin();
    await tamper(t, ALERTS_STATE_FILE, 'not json');
    await tamper(t, REAL_SHADOWS_FILE, 'not json');
    await tamper(t, ALERTS_STATE_FILE, '{}');
    expect(damaged(t)).toEqual([REAL_SHADOWS_FILE]);
    await rename(join(t.dir, REAL_SHADOWS_FILE), join(t.dir, 'b.txt'));
    await t.changed(REAL_SHADOWS_FILE);
    expect(damaged(t)).toEqual([]);
    expect(work(t)).toBe('resting');
  });

  it('finds in a round what nobody told it: a new bad file, and an old byte that changed', async () => {
    const t = await begin();
    await track(t, 1);
    await track(t, 2);
    await t.advance(60_000);
    await t.put(REAL_SHADOWS_FILE, 'not json');
    const text = await t.text(DECISIONS_FILE);
    await writeFile(join(t.dir, DECISIONS_FILE), text.replace('{', 'x'));
    expect(work(t)).toBe('resting');
    await t.advance(120_000);
    expect(damaged(t).toSorted()).toEqual([REAL_SHADOWS_FILE, DECISIONS_FILE].toSorted());
  });

  it('says nothing of a line that is still being written, and calls it bad when nobody ends it', async () => {
    const t = await begin();
    await spoil(t, SIGNALS_FILE, '{"half":');
    expect(damaged(t)).toEqual([]);
    await spoil(t, SIGNALS_FILE, ' 1}\n');
    await t.advance(60_000);
    expect(damaged(t)).toEqual([]);
    await spoil(t, SIGNALS_FILE, '{"half":');
    await t.advance(180_000);
    expect(damaged(t)).toEqual([SIGNALS_FILE]);
  });

  it('finds after a restart what was not mended, and does not put into quarantine twice what was', async () => {
    const t = await begin();
    await tamper(t, SIGNALS_FILE, 'rubbish\n');
    await mend(t, 'all');
    await tamper(t, PREDICTIONS_FILE, 'rubbish\n');
    await t.stop('fileIntegrity');
    await t.start('fileIntegrity', fileIntegrityActor);
    await t.settle();
    expect(damaged(t)).toEqual([PREDICTIONS_FILE]);
    expect(await t.world.quarantine.list()).toHaveLength(1);
    await mend(t, 'all');
    expect((await t.world.quarantine.list()).map(({ source }) => source)).toEqual([SIGNALS_FILE, PREDICTIONS_FILE]);
  });

  it('never mends what another program is in the middle of writing: the writer goes on in the same file', async () => {
    const t = await begin((one) => one.put('dashboard.json', '{"n":0}\n'));
    const path = join(t.dir, 'dashboard.json');
    const log = join(t.dir, 'theirs.jsonl');
    for (let n = 1; n <= 3; n++) {
      const fd = openSync(path, 'w');
      writeSync(fd, '{"n":');
      await spoil(t, 'theirs.jsonl', 'not a record\n');
      await t.changed('dashboard.json');
      await mend(t, 'all');
      expect(damaged(t)).toEqual([]);
      writeSync(fd, `${n}}\n`);
      closeSync(fd);
      await t.changed('dashboard.json');
      expect(await contentOf(t, 'dashboard.json')).toBe(`{"n":${n}}\n`);
    }
    expect(readFileSync(log, 'utf8')).toBe('not a record\n'.repeat(3));
    expect(context(t)).toMatchObject({ damaged: [], strangersDamage: [] });
    expect(await t.world.quarantine.list()).toEqual([]);
    expect(work(t)).toBe('resting');
  });

  it("only tells of another program's file that stays bad, and mends it for nobody", async () => {
    const t = await begin();
    await t.put('theirs.json', '{"a": NaN}');
    await t.put('theirs.jsonl', 'not a record\n');
    await t.advance(60_000);
    expect(strangers(t)).toEqual([]);
    await t.advance(60_000);
    expect(strangers(t)).toEqual(['theirs.json', 'theirs.jsonl']);
    expect(damaged(t)).toEqual([]);
    expect(work(t)).toBe('resting');
    await mend(t, 'theirs.json');
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { error: 'theirs.json is not for file integrity to mend' },
    ]);
    expect(await t.text('theirs.json')).toBe('{"a": NaN}');
    expect(await t.world.quarantine.list()).toEqual([]);
    await tamper(t, 'theirs.json', '{"a": 1}');
    expect(strangers(t)).toEqual(['theirs.jsonl']);
  });

  it('leaves a document as it is that its owner writes while the bad one is set aside', async () => {
    const t = await begin((one) => one.put(REAL_SHADOWS_FILE, '{"a": 1}\n'));
    await tamper(t, REAL_SHADOWS_FILE, '{"a": ');
    t.whileWriting('quarantine/index.jsonl', () => writeFileSync(join(t.dir, REAL_SHADOWS_FILE), '{"a": 3}\n'));
    await mend(t, 'all');
    expect(await t.text(REAL_SHADOWS_FILE)).toBe('{"a": 3}\n');
    expect(damaged(t)).toEqual([]);
  });

  it('expires nothing', async () => {
    const t = await begin();
    await t.post('fileIntegrity', { type: 'EXPIRE', ...ordered });
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { error: 'only the state machine expires signals' },
    ]);
  });
});
