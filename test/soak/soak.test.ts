import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NODE, ROOT } from '../cli/cli.ts';

/** Too short to tell anything of growth: that all of it is at work is what is seen here. */
it('npm run soak: a bot below its guardian, measured while things are done to it, ends cleanly and is judged', async () => {
  const args = ['--minutes', '0.15', '--every-seconds', '1', '--speed', '5', '--bot', 'src/cli/kintsugi.ts', '--json'];
  const soak = spawn(NODE, [join(ROOT, 'test/soak/soak.ts'), ...args], { cwd: ROOT });
  let out = '';
  let err = '';
  soak.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  soak.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((ended) => soak.on('close', ended));
  expect(out, err).toMatch(/^\{/);
  const told = JSON.parse(out);
  expect(told.samples).toBeGreaterThan(0);
  expect(Object.keys(told.done).length + Object.keys(told.refused).length).toBeGreaterThan(0);
  expect(told.measures.map(({ name }: { name: string }) => name)).toContain('open files of the bot');
  for (const { word } of told.measures) expect(['unclear', 'told']).toContain(word);
  expect(told.problems.filter((problem: string) => !problem.startsWith('it is red in the end'))).toEqual([]);
  expect(code).toBe(told.problems.length === 0 ? 0 : 1);
});
