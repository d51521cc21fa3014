import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spansOf } from '../../src/healing/repair-times.ts';
import { fc } from '../fast-check.ts';
import { freshFolder, kintsugi, PATIENT, type Started, startForTest } from './cli.ts';
import { cascade, directoryWith, sealed } from './ledgers.ts';

const records = cascade();
const now = { ts: Date.now() / 1_000, timestamp: new Date().toISOString() };

describe('kintsugi incidents', () => {
  it('shows only those of one component, or those of which there was news lately', async () => {
    const dir = directoryWith(sealed([...records.slice(0, -1), { ...records.at(-1), ...now }]));
    const ids = async (...flags: string[]) =>
      JSON.parse((await kintsugi(['incidents', '--dir', dir, '--json', ...flags])).out).incidents.map(
        ({ incident_id: id }: { incident_id: string }) => id,
      );
    expect(await ids()).toEqual(['INC-1', 'INC-2', 'INC-3']);
    expect(await ids('--component', 'marketFeed')).toEqual(['INC-1']);
    expect(await ids('--since', '1h')).toEqual(['INC-3']);
    expect(await kintsugi(['incidents', '--dir', dir, '--since', 'soon'])).toMatchObject({ code: 64 });
    expect(await kintsugi(['incidents', '--dir', dir, '--component', 'signal_buz'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('signal_bus'),
    });
  });

  it('tells how fast it was detected and healed, per component', async () => {
    const dir = directoryWith(sealed(records));
    const { out } = await kintsugi(['incidents', '--stats', '--dir', dir]);
    expect(out).toMatch(/market_feed +1 +0 +1 +0 ms +0 ms +1 +1 s +1 s/);
    expect(out).toMatch(/signal_bus +1 +1 +1 +0 ms +0 ms +0/);
    const { stats } = JSON.parse((await kintsugi(['incidents', '--json', '--dir', dir])).out);
    expect(stats).toMatchObject([
      { component: 'feature_store', repair: { count: 0, median: null, max: null } },
      { component: 'market_feed', repair: { count: 1, median: 1_200, max: 1_200 } },
      { component: 'signal_bus', failed: 1 },
    ]);
  });

  it('has a median that at least half are below or at, and at least half above or at', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (spans) => {
        const { median, max, count } = spansOf(spans);
        const half = spans.length / 2;
        expect(count).toBe(spans.length);
        expect(max).toBe(Math.max(...spans));
        expect(spans.filter((one) => one <= (median ?? -1)).length).toBeGreaterThanOrEqual(half);
        expect(spans.filter((one) => one >= (median ?? -1)).length).toBeGreaterThanOrEqual(half);
      }),
    );
    expect(spansOf([])).toEqual({ count: 0, median: null, max: null });
  });
});

const linesOf = (started: Started): readonly string[] => started.out().split('\n').slice(0, -1);

describe('kintsugi incidents --follow', () => {
  it('waits for a ledger that is not there yet, tells every record once and whole, and ends with 0 on Ctrl-C', async () => {
    const dir = freshFolder();
    const following = startForTest(['incidents', '--follow', '--json', '--dir', dir]);
    await following.said('Ctrl-C ends it');
    const lines = sealed(records);
    mkdirSync(join(dir, 'logs'));
    const path = join(dir, 'logs/healing.jsonl');
    const [first = '', second = '', ...rest] = lines;
    writeFileSync(path, `${first}\n${second.slice(0, 40)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    appendFileSync(path, `${second.slice(40)}\nno json\n`);
    await following.said('could not be read');
    appendFileSync(path, rest.map((line) => `${line}\n`).join(''));
    await expect.poll(() => linesOf(following), PATIENT).toHaveLength(lines.length);
    following.kill('SIGINT');
    const { code, out } = await following.outcome;
    expect(code).toBe(0);
    expect(out).toBe(lines.map((line) => `${line}\n`).join(''));
  });

  it('tells a person in a line what happened, of one component only where that was asked for', async () => {
    const dir = directoryWith(sealed(records));
    const following = startForTest(['incidents', '-f', '--component', 'market_feed', '--dir', dir]);
    await following.said('Ctrl-C ends it');
    await expect.poll(() => linesOf(following), PATIENT).toHaveLength(3);
    following.kill('SIGTERM');
    const { code, out } = await following.outcome;
    expect(code).toBe(0);
    const told = out.trim().split('\n');
    expect(told).toHaveLength(3);
    expect(told[1]).toContain('RESTART marketFeed: stop marketFeed and start it anew');
    expect(told[2]).toContain('market_feed/fresh is true');
  });
});
