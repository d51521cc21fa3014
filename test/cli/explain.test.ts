import { describe, expect, it } from 'vitest';
import { holdsIn, kintsugi, PATIENT, startForTest } from './cli.ts';
import { cascade, directoryWith, escalation, sealed } from './ledgers.ts';

const records = cascade();
const dir = directoryWith(sealed(records));
const explain = (name: string, ...more: string[]) => kintsugi(['explain', name, '--dir', dir, ...more]);
const has = (text: string, parts: readonly string[]): void => {
  for (const part of parts) expect(text).toContain(part);
};

describe('kintsugi explain INCIDENT', () => {
  it('tells a healed one whole: what broke, what waited, what was tried, what proved it', async () => {
    const { code, out } = await explain('INC-1');
    expect(code).toBe(0);
    has(out, [
      'market_feed/fresh, of market_feed, did not hold any more; it is critical.',
      'The evidence: "market_feed/fresh is false"',
      'it is the root cause itself',
      'What waited on it: feature_store/fresh (INC-2, cleared).',
      'RESTART: stop marketFeed and start it anew',
      'it stops marketFeed, featureStore',
      'it was done, and proven, after 1 s: "I did it"',
      'market_feed/fresh held again on new evidence',
      'From the opening to the proof it took 1 s.',
      'Nothing. It is healed, and watched for ten minutes.',
    ]);
  });

  it('tells a symptom by its cause, and one that was given up with why and what to do', async () => {
    has((await explain('INC-2')).out, [
      'It was caused by market_feed/fresh (INC-1, healed)',
      'Nothing was sent to anybody.',
      'It held again when its cause was gone',
      'kintsugi explain INC-1',
    ]);
    has((await explain('INC-3')).out, [
      'Why it was given up',
      'given up after 2 remedies without a proof. The last word: no.',
      'kintsugi doctor --dir',
      'kintsugi resume --reason',
    ]);
  });

  it('says of one that is open while no bot runs that nobody is on it', async () => {
    const alone = directoryWith(sealed(records.slice(0, 3)));
    const { out } = await kintsugi(['explain', 'INC-1', '--dir', alone]);
    has(out, ['How it stands', 'none runs there now']);
  });

  it('tells what an observing healer would have done', async () => {
    const observed = directoryWith(sealed(cascade({ mode: 'observe' })));
    has((await kintsugi(['explain', 'INC-1', '--dir', observed])).out, ['it was not sent: the healer only observes']);
    expect(await kintsugi(['verify', '--dir', observed])).toMatchObject({ code: 0 });
  });

  it('gives machines the record and the same story', async () => {
    const told = JSON.parse((await explain('INC-1', '--json')).out);
    expect(told).toMatchObject({ schema: 1, running: false, kind: 'incident', incident: { incident_id: 'INC-1' } });
    expect(told.story.map(({ title }: { title: string }) => title)).toEqual([
      'What broke',
      'Why',
      'What was tried',
      'What proved it healed',
      'What to do next',
    ]);
  });
});

describe('kintsugi explain COMPONENT and INVARIANT', () => {
  it('tells a component from its records where no bot runs, with its times', async () => {
    const { code, out } = await explain('market_feed');
    expect(code).toBe(0);
    has(out, [
      'No bot runs there',
      'INC-1  healed',
      'Of 1 incidents 1 were healed and 0 given up.',
      'Healed (MTTR): median 1 s',
    ]);
    expect((await explain('signalBus')).out).toContain('INC-3  failed');
  });

  it('tells an invariant with what it stands on and what is done about it', async () => {
    const { out } = await explain('signal_bus/log-verifies');
    has(out, ['signal_bus, critical', 'It depends on signal_bus/alive', '1. REPAIR signalBus: log', 'INC-3']);
  });

  it.each([
    ['signal_buss', 1, 'signal_bus'],
    ['log-verify', 1, 'Did you mean signal_bus/log-verifies'],
    ['INC-', 1, '3 incidents begin so'],
    ['xyzzyxyzzyxyzzyxyzzyxyzzy', 1, 'See kintsugi incidents'],
    ['', 64, 'Name an incident'],
  ])('%j ends with %i', async (name, code, says) => {
    const { code: ended, out, err } = await explain(name);
    expect([ended, out]).toEqual([code, '']);
    expect(err).toContain(says);
  });
});

describe('kintsugi invariants', () => {
  it('lists the catalogue without a bot, and with its present evidence where one runs', async () => {
    const { code, out } = await kintsugi(['invariants', '--dir', dir, '--json']);
    expect(code).toBe(0);
    const rest = JSON.parse(out);
    expect(rest.running).toBe(false);
    const ids = rest.invariants.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rest.invariants.find(({ id }: { id: string }) => id === 'signal_bus/log-verifies')).toMatchObject({
      component: 'signal_bus',
      severity: 'critical',
      patience_ms: 0,
      depends_on: ['signal_bus/alive'],
      holds: null,
      remedies: expect.arrayContaining(['REPAIR signalBus: log', 'RESTART signalBus and what depends on it']),
    });

    const own = directoryWith([]);
    escalation(own, {});
    const bot = startForTest(['run', '--dir', own]);
    await bot.said('kintsugi runs in');
    await expect.poll(() => holdsIn(own, 'signal_bus/log-verifies'), PATIENT).toBe(true);
    expect((await kintsugi(['invariants', '--dir', own])).out).toContain('✔ signal_bus/log-verifies');
    const running = JSON.parse((await kintsugi(['invariants', '--dir', own, '--json'])).out);
    expect(running.running).toBe(true);
    for (const entry of running.invariants) {
      expect(entry.evidence.says).not.toBe('');
      expect(['boolean', 'object']).toContain(typeof entry.holds);
    }
    has((await kintsugi(['explain', 'signal_bus', '--dir', own])).out, ['It is green', '7 of its 7 invariants hold']);
    bot.kill('SIGTERM');
    expect((await bot.outcome).code).toBe(0);
  });
});
