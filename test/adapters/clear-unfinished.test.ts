import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clearUnfinished } from '../../src/adapters/clear-unfinished.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';

const UNFINISHED = '.0b2f7a52-6f60-4e0c-9b52-3c1f6a4f0d11.tmp';

function directory(): string {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-unfinished-'));
  for (const folder of ['logs', 'state', 'run']) mkdirSync(join(root, folder));
  return root;
}

describe('what a bot died over while it made it', () => {
  it('is taken away, wherever it lies and whatever it was to become', () => {
    const root = directory();
    const left = [`logs/${UNFINISHED}`, `state/${UNFINISHED}`, 'run/live.json.00ff00ff', 'run/token.607e9d21'];
    for (const path of left) writeFileSync(join(root, path), '{"hal');
    const { cleared, refused } = clearUnfinished(root);
    expect({ cleared: cleared.toSorted(), refused }).toEqual({ cleared: left.toSorted(), refused: [] });
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(['logs', 'run', 'state']);
  });

  it('is told from what is somebody else’s, or has its name', () => {
    const root = directory();
    const others = ['run/token', 'logs/notes.tmp', 'logs/.hidden.tmp', 'state/token.607e9d21', `${UNFINISHED}.jsonl`];
    for (const path of others) writeFileSync(join(root, path), 'mine');
    expect(clearUnfinished(root).cleared).toEqual([]);
    expect(readdirSync(root, { recursive: true }).filter((path) => /tmp|token/.test(String(path)))).toHaveLength(5);
  });

  it('is not looked for where a folder leads out of the directory', () => {
    const [root, elsewhere] = [directory(), directory()];
    writeFileSync(join(elsewhere, `logs/${UNFINISHED}`), 'theirs');
    symlinkSync(join(elsewhere, 'logs'), join(root, 'feature_store'));
    expect(clearUnfinished(root).cleared).toEqual([]);
    expect(readdirSync(join(elsewhere, 'logs'))).toEqual([UNFINISHED]);
  });

  it('bears the name that a document has while it is made', async () => {
    const root = directory();
    const document = nodeFiles(root, { durability: 'synced', watched: false }).writeWhole(
      'state/alerts.json',
      new Uint8Array(9),
    );
    const [beingMade = ''] = readdirSync(join(root, 'state'));
    await document;
    expect(readdirSync(join(root, 'state'))).toEqual(['alerts.json']);
    writeFileSync(join(root, 'state', beingMade), '{"hal');
    expect(clearUnfinished(root).cleared).toEqual([join('state', beingMade)]);
  });
});
