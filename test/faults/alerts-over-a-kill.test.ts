/** A process that tells alerts dies by SIGKILL, at every call it makes to the disk and in the middle of a delivery. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { slackSink } from '../../src/adapters/webhook-sinks.ts';
import { alertHabitat, START } from '../actors/alert-habitat.ts';
import { loopback, type Request } from '../adapters/loopback.ts';
import { bundled } from './bundled.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const LIFE = join(import.meta.dirname, 'fixtures/alert-life.ts');
const ALL = ['firing a', 'firing b', 'over a', 'firing c'];

let life: string;
beforeAll(async () => {
  life = await bundled(LIFE);
});

/** Lives through the fixture, or dies on the way. @returns what it said */
function live(args: readonly string[], born: (child: ChildProcess) => void = () => undefined): Promise<string[]> {
  // It is one file: there is nothing left to be found for it.
  const { NODE_OPTIONS: _, NODE_COMPILE_CACHE: __, ...env } = process.env;
  const child = spawn(NODE, [life, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  born(child);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  return new Promise((resolved) => child.on('close', () => resolved(out.trimEnd().split('\n'))));
}

const numbers = (said: readonly string[], word: string): number[] =>
  said.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)));
const told = (said: readonly string[]): string[] =>
  said.filter((line) => line.startsWith('told ')).map((line) => line.slice(5));

/** What arrived, in order, and each once. */
const arrived = (requests: readonly Request[]): string[] => {
  const lines = requests.flatMap(({ body }) => (body as { text: string }).text.split('\n'));
  const names = lines.map((line) => `${line.startsWith('🔴') ? 'firing' : 'over'} ${line.at(-1)}`);
  return [...new Set(names)];
};

/** The next life: sends what is left. @returns the lines of the file */
async function liveOn(dir: string, url: string): Promise<string[]> {
  const next = await alertHabitat({
    dir,
    at: START + 10_000,
    sinks: [slackSink({ id: 'hook', url, bot: 'test', gatherMs: 0 })],
  });
  await next.desk.close();
  return next.lines().map(({ state, subject }) => `${state === 'firing' ? 'firing' : 'over'} ${subject}`);
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-alerts-'));

describe('a process that tells alerts and is killed', () => {
  it('at any write has told, or tells in its next life, all that it had taken in charge, in order', async () => {
    const service = await loopback();
    const whole = await live([folder(), service.url]);
    expect(told(whole)).toEqual(ALL);
    const [calls = 0] = numbers(whole, 'calls');
    expect(calls).toBeGreaterThanOrEqual(15);
    const wrong: string[] = [];
    const points = [
      ...Array.from({ length: calls }, (_, i) => [i + 1, 'whole'] as const),
      ...numbers(whole, 'half').map((at) => [at, 'half'] as const),
    ];
    const worker = async (): Promise<void> => {
      for (let point = points.shift(); point; point = points.shift()) {
        const [at, how] = point;
        const dir = folder();
        const { url, requests } = await loopback();
        const said = await live([dir, url, String(at), how]);
        const lines = await liveOn(dir, url);
        const got = arrived(requests);
        const replay = `dies at call ${at} (${how}); replay: node ${LIFE} DIR ${url} ${at} ${how}`;
        // What comes close together is written together: a life may have had fewer calls than the one that was counted.
        const [made = -1] = numbers(said, 'calls');
        if (made >= at) wrong.push(`it did not die: ${replay}`);
        for (const name of told(said)) {
          if (!got.includes(name)) wrong.push(`${name} did not arrive: ${replay}`);
          if (!lines.includes(name)) wrong.push(`${name} is not in the file: ${replay}`);
        }
        if (new Set(lines).size !== lines.length) wrong.push(`lines twice ${lines}: ${replay}`);
        if (got.some((name, index) => name !== ALL[index])) wrong.push(`out of order ${got}: ${replay}`);
        if (lines.some((name, index) => name !== ALL[index]))
          wrong.push(`the file is out of order ${lines}: ${replay}`);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(wrong).toEqual([]);
  }, 240_000);

  it('while the receiver has it and has not answered yet, sends it again', async () => {
    let child: ChildProcess | null = null;
    const service = await loopback(() => {
      child?.kill('SIGKILL');
      return 'silence';
    });
    const dir = folder();
    const said = await live([dir, service.url], (born) => {
      child = born;
    });
    expect(said.some((line) => line.startsWith('calls'))).toBe(false);
    expect(arrived(service.requests)).toEqual(['firing a']);
    service.says(() => ({ status: 200 }));
    await liveOn(dir, service.url);
    expect(arrived(service.requests.slice(1))[0]).toBe('firing a');
  });

  it('while the receiver is down, is heard when both are back', async () => {
    const service = await loopback();
    await service.close();
    const dir = folder();
    expect(told(await live([dir, service.url]))).toEqual(ALL);
    const back = await loopback(undefined, service.port);
    await liveOn(dir, back.url);
    expect(arrived(back.requests)).toEqual(ALL);
  });
});
