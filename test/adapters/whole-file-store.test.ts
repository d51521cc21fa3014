import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import type { Files } from '../../src/ports/files.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

const PATH = 'state/doc.json';
const schema = z.object({ n: z.number() });

/** A store whose writes are counted, and wait until they are let go. */
function bench() {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-store-'));
  const files = faultyFiles(nodeFiles(root, { durability: 'written', watched: false }));
  const written: string[] = [];
  let gate: Promise<void> | null = null;
  const slow: Files = {
    ...files,
    writeWhole: async (path, bytes) => {
      const fresh = new TextDecoder().decode(bytes);
      await gate;
      await files.writeWhole(path, bytes);
      written.push(fresh.replace(/\s/g, ''));
    },
  };
  return {
    root,
    files,
    written,
    store: wholeFileStore(slow),
    text: () => readFileSync(join(root, PATH), 'utf8'),
    hold: (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

describe('a store of whole documents', () => {
  it('gives back what was saved, as JSON a person can read', async () => {
    const { store, text } = bench();
    await store.save(PATH, { n: 1 });
    expect(text()).toBe('{\n  "n": 1\n}\n');
    expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 1 } });
  });

  it('tells missing from unreadable', async () => {
    const { store } = bench();
    expect(await store.load(PATH, schema)).toEqual({ ok: false, missing: true });
  });

  it.each([
    ['cut short', Buffer.from('{"n": 1')],
    ['empty', Buffer.alloc(0)],
    ['all NUL', Buffer.alloc(20)],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['of another shape', Buffer.from('{"n": "one"}')],
    ['of another kind', Buffer.from('[]')],
  ])('hands over the bytes of a document that is %s, with the reason, and invents nothing', async (_, bytes) => {
    const { store, root } = bench();
    mkdirSync(join(root, 'state'));
    writeFileSync(join(root, PATH), bytes);
    const loaded = await store.load(PATH, schema);
    expect(loaded).toMatchObject({ ok: false, missing: false, reason: expect.stringMatching(/\S/) });
    if (!loaded.ok && !loaded.missing) expect(Buffer.from(loaded.bytes)).toEqual(bytes);
  });

  it('lets later values replace each other while a write is under way, and acknowledges them when the last is durable', async () => {
    const { store, written, hold } = bench();
    const go = hold();
    const saves = [1, 2, 3, 4].map((n) => store.save(PATH, { n }));
    let done = 0;
    for (const save of saves) void save.then(() => done++);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toBe(0);
    go();
    await Promise.all(saves);
    expect(written).toEqual(['{"n":1}', '{"n":4}']);
  });

  it('keeps documents apart: one that is slow holds no other up', async () => {
    const { store, hold, files } = bench();
    const go = hold();
    const slow = store.save(PATH, { n: 1 });
    await wholeFileStore(files).save('state/other.json', { n: 2 });
    go();
    await slow;
    expect(await store.load('state/other.json', schema)).toEqual({ ok: true, value: { n: 2 } });
  });

  it.each(['ENOSPC', 'EACCES', 'EROFS', 'EPERM', 'EDQUOT', 'EIO'])(
    'says of %s which file, which code and what to do, leaves the old document, and goes on when it is over',
    async (code) => {
      const { store, files, root } = bench();
      await store.save(PATH, { n: 1 });
      files.faults.push({ operation: 'writeWhole', path: PATH, code });
      const refusals = await Promise.allSettled([store.save(PATH, { n: 2 }), store.save(PATH, { n: 3 })]);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ status: 'rejected', reason: { name: 'FileFault', path: PATH, code } });
        if (refusal.status === 'rejected')
          expect(refusal.reason.message).toMatch(new RegExp(`state/doc\\.json: .{10,} \\(${code}\\)$`));
      }
      expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 1 } });
      files.faults.length = 0;
      await store.save(PATH, { n: 4 });
      expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 4 } });
      expect(readdirSync(join(root, 'state'))).toEqual(['doc.json']);
    },
  );

  it('refuses what JSON cannot hold without touching what is there, and goes on', async () => {
    const { store } = bench();
    await store.save(PATH, { n: 1 });
    await expect((async () => store.save(PATH, { n: 1n }))()).rejects.toThrow(TypeError);
    expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 1 } });
    await store.save(PATH, { n: 2 });
    expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 2 } });
  });

  it('refuses what JSON cannot hold by the promise, also where it waits for another', async () => {
    const { store, hold } = bench();
    const go = hold();
    const first = store.save(PATH, { n: 1 });
    const second = store.save(PATH, { n: 2n });
    go();
    await first;
    await expect(second).rejects.toThrow(TypeError);
    await store.save(PATH, { n: 3 });
    expect(await store.load(PATH, schema)).toEqual({ ok: true, value: { n: 3 } });
  });
});
