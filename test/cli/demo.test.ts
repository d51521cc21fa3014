import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IncidentRecord } from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, startForTest } from './cli.ts';
import { asked } from './inspected.ts';

it('kintsugi demo says in the words of run what of its directory cannot be read', async () => {
  const dir = freshFolder();
  mkdirSync(join(dir, 'state'));
  writeFileSync(join(dir, 'state/paper_exchange.json'), '{');
  const { code, err } = await kintsugi(['demo', '--no-open', '--port', '0', '--dir', dir]);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('Restore it, or move it away') });
});

describe('kintsugi demo, before a past is simulated', () => {
  const demo = (cwd: string, ...args: string[]) => kintsugi(['demo', '--no-open', ...args], { TMPDIR: cwd }, cwd);

  it.each([
    [['--port', '99999'], '65535'],
    [['--seed', 'x'], '--seed'],
    [['--for', 'ever'], '--for ever'],
    [['--speed', 'fast'], '--speed'],
  ])('refuses %j with 64, and nothing was started', async (args, says) => {
    const cwd = freshFolder();
    const { code, out, err } = await demo(cwd, ...args);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(says);
    expect(err).not.toContain('kintsugi demo ');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('finds a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const cwd = freshFolder();
    const { code, err } = await demo(cwd, '--port', String(port), '--dir', 'demo');
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual([expect.stringContaining(`port ${port} of 127.0.0.1 is taken`)]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

it('kintsugi demo has a past at once, tears its log, heals it before your eyes, and says where all of it is', async () => {
  const dir = join(freshFolder(), 'demo');
  const demo = startForTest(['demo', '--dir', dir, '--no-open', '--port', '0', '--warm', '10m', '--tear-after', '3s']);
  await demo.said('see it live');
  await demo.said(`the token is in ${join(dir, 'run/inspector_token')}`);
  const page = asked(dir, `http://127.0.0.1:${readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim()}/`);
  // The minutes before it began were simulated: signals and decisions are there at once.
  const decisions = readFileSync(join(dir, 'logs/signal_decisions.jsonl'), 'utf8').trim().split('\n');
  expect(decisions.length).toBeGreaterThan(20);
  await demo.said('in 3 s the event log will be torn');
  await demo.said('torn: ');
  await demo.said('with proof:');
  const incidents = await page.get<readonly IncidentRecord[]>('/api/incidents?component=signal_bus&limit=5');
  expect(incidents[0]).toMatchObject({
    invariant: 'signal_bus/log-verifies',
    status: 'healed',
    evidence_before: { holds: false },
    evidence_after: { holds: true },
  });
  demo.kill('SIGINT');
  const { code, err } = await demo.outcome;
  expect(code).toBe(0);
  expect(err).toContain('[FAULT] injected by hand');
  expect(err).toContain(`kintsugi explain ${incidents[0]?.incident_id}`);
  expect(err).toContain(`what it left is in ${dir}`);
  expect(existsSync(join(dir, 'run/inspector_token'))).toBe(false);
  expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
});
