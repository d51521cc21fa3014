/** What is published: plain JavaScript with types, that works without a build step and without this checkout. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installedPackage } from './installed-package.ts';

const bin = (name: string): string => resolve(import.meta.dirname, '../node_modules/.bin', name);

const CONSUMER = `
import { createActor, type AnyStateMachine } from 'xstate';
import { DEFAULT_CONFIG, startBot, type Strategy } from 'kintsugi';
import { Mailboxes, supervisor, type ChildSpec } from 'kintsugi/healing';
import { compile, signalLifecycle, tradeExecution } from 'kintsugi/machines';

const never: Strategy = { name: 'never', kind: 'trend', think: () => null };
const machine: AnyStateMachine = tradeExecution;
const specs: ChildSpec[] = [];
const mailboxes = new Mailboxes([], () => 0);
supervisor({ id: 'root', specs, mailboxes, now: () => 0, chance: () => 0 });
const actor = createActor(compile(signalLifecycle)).start();
actor.send({ type: 'EVALUATE' });
const bot = await startBot({
  dir: process.argv[2] ?? 'bot', feed: { kind: 'sim' }, symbols: ['BTCUSDT'], speed: 'max', forMs: 3_600_000, seed: 1,
  config: DEFAULT_CONFIG, strategies: [never], onLine: () => undefined, onProgress: () => undefined,
});
const summary = await bot.finished;
console.log(JSON.stringify({ machine: machine.id, state: actor.getSnapshot().value, signals: summary.signals_by_state, ticks: summary.ticks }));
`;

const INSPECTED = `
import { createActor, createMachine } from 'xstate';
import { createInspector } from 'kintsugi/inspector';
const inspector = createInspector({ port: 0, log: () => undefined });
const light = createMachine({ id: 'light', initial: 'red', states: { red: { on: { GO: 'green' } }, green: {} } });
createActor(light, { inspect: inspector.inspect }).start().send({ type: 'GO' });
const url = await inspector.ready;
const page = await (await fetch(url)).text();
const [{ machine, value }] = await (await fetch(url + 'api/actors')).json();
console.log(JSON.stringify({ isPage: page.includes('<script type="module"'), machine, value }));
await inspector.close();
`;

const ALWAYS = ['README.md', 'LICENSE', 'docs/config.schema.json', 'docs/config.md', 'docs/settings.md'];

describe('the package', () => {
  const home = installedPackage();

  it('holds the program, its types and its licence, and nothing of the tests', () => {
    const inside = readdirSync(join(home, 'node_modules/kintsugi'), { recursive: true }).map(String);
    expect(inside).toEqual(expect.arrayContaining([...ALWAYS, 'dist/index.d.ts', 'dist/cli/kintsugi.js']));
    expect(inside.filter((path) => /(^|\/)tests?\/|\.test\.|\.ts$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('has a command that runs as plain JavaScript', () => {
    const command = join(home, 'node_modules/kintsugi/dist/cli/kintsugi.js');
    const out = execFileSync(bin('node'), ['--no-experimental-strip-types', command, '--version']);
    expect(out.toString().trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const run = ['run', '--speed', 'max', '--for', '10m', '--json', '--dir', join(home, 'bot')];
    const summary = JSON.parse(execFileSync(bin('node'), [command, ...run], { stdio: 'pipe' }).toString());
    expect(summary.ticks).toBeGreaterThan(500);
  });

  it('says to an older Node what is wrong, and loads nothing that it could not link', () => {
    const command = join(home, 'node_modules/kintsugi/dist/cli/kintsugi.js');
    const run = (version: string) =>
      spawnSync(bin('node'), [
        '--import',
        `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`,
        ...[command, '--version'],
      ]);
    for (const old of ['20.20.2', '22.17.1']) {
      const { status, stdout, stderr } = run(old);
      expect([status, `${stdout}`]).toEqual([1, '']);
      expect(`${stderr}`).toMatch(/^kintsugi: needs Node 22\.18 or newer, and this is 2\d\.\d+\.\d \(.*\)\. .*\n$/);
    }
    for (const young of ['22.18.0', '30.0.0']) expect(run(young).status).toBe(0);
    const imports = readFileSync(command, 'utf8').match(/^import .*$/gm);
    expect(imports).toEqual(["import { createRequire } from 'node:module';"]);
  });

  it('writes a configuration whose schema an editor finds in the package', () => {
    const command = join(home, 'node_modules/kintsugi/dist/cli/kintsugi.js');
    execFileSync(bin('node'), [command, 'init'], { cwd: home, stdio: 'pipe' });
    const [, schema = ''] = /"\$schema": "([^"]+)"/.exec(readFileSync(join(home, 'kintsugi.jsonc'), 'utf8')) ?? [];
    expect(schema).toBe('./node_modules/kintsugi/docs/config.schema.json');
    expect(JSON.parse(readFileSync(join(home, schema), 'utf8'))).toHaveProperty('properties.guards');
  });

  it('is used by a program with types: its own strategy, the supervisor alone, a statechart alone', () => {
    writeFileSync(join(home, 'consumer.ts'), CONSUMER);
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--skipLibCheck',
      '--types',
      'node',
    ];
    execFileSync(bin('tsc'), [...flags, 'consumer.ts'], { cwd: home, stdio: 'pipe' });
    const out = execFileSync(bin('node'), ['consumer.ts', join(home, 'own')], { cwd: home, stdio: 'pipe' }).toString();
    expect(JSON.parse(out)).toMatchObject({ machine: 'tradeExecution', state: 'evaluating', signals: {} });
  });

  it('shows the page and the statecharts of an app of its own', () => {
    writeFileSync(join(home, 'inspected.mjs'), INSPECTED);
    const out = execFileSync(bin('node'), ['inspected.mjs'], { cwd: home, stdio: 'pipe' }).toString();
    expect(JSON.parse(out)).toEqual({ isPage: true, machine: 'light', value: 'green' });
  });
});
