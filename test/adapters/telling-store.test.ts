import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { tellingStore } from '../../src/adapters/telling-store.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

it('a document that could not be saved is told of once, with its file and why, and again when it can be', async () => {
  const files = faultyFiles(
    nodeFiles(mkdtempSync(join(tmpdir(), 'kintsugi-store-')), { durability: 'written', watched: false }),
  );
  const told: string[] = [];
  const tell = (level: string) => (line: string) => {
    told.push(`${level} ${line}`);
  };
  const store = tellingStore(wholeFileStore(files), { info: tell('info'), warn: tell('warn'), error: tell('error') });
  await store.save('state/a.json', { n: 1 });
  files.faults.push({ operation: 'writeWhole', path: 'state/a.json', code: 'ENOSPC' });
  await expect(store.save('state/a.json', { n: 2 })).rejects.toThrow('ENOSPC');
  await expect(store.save('state/a.json', { n: 3 })).rejects.toThrow('ENOSPC');
  expect(told).toEqual([
    expect.stringMatching(/^warn state\/a\.json was not saved: .*disk is full.*What was saved before stands/),
  ]);
  expect(await store.load('state/a.json', z.object({ n: z.number() }))).toEqual({ ok: true, value: { n: 1 } });
  files.faults.length = 0;
  await store.save('state/a.json', { n: 4 });
  await store.save('state/a.json', { n: 5 });
  expect(told.slice(1)).toEqual(['info state/a.json is saved again']);
});
