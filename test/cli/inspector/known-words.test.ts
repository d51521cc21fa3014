import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { DECISIONS_FILE } from '../../../src/actors/decision-tracker.ts';
import { FEATURE_FOLDER, INTELLIGENCE_SUMMARY } from '../../../src/actors/feature-store.ts';
import { LEDGER_FILE } from '../../../src/actors/healing-operator.ts';
import { HEARTBEAT_FILE } from '../../../src/actors/heartbeat.ts';
import { SHADOW_FILE } from '../../../src/actors/shadow-engine.ts';
import { BOT_LOG } from '../../../src/adapters/pino-log.ts';
import * as words from '../../../src/cli/inspector/records/known-words.ts';
import { FINAL, MUST_MOVE_ON } from '../../../src/machines/signal-lifecycle.ts';
import { ROOT } from '../cli.ts';

it('the reader calls files and states as their owners do', () => {
  expect({ ...words }).toEqual({
    SHADOW_FILE,
    DECISIONS_FILE,
    LEDGER_FILE,
    BOT_LOG,
    HEARTBEAT_FILE,
    FEATURE_FOLDER,
    INTELLIGENCE_SUMMARY,
    FINAL,
    MUST_MOVE_ON,
  });
});

it("the reader's thread loads no actor system: a bot's process is not made heavier by a second bot", () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const load = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, , name = ''] of readFileSync(path, 'utf8').matchAll(
      /^(import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'/gms,
    ))
      if (name.startsWith('.')) load(resolve(dirname(path), name));
      else packages.add(name);
  };
  load(resolve(ROOT, 'src/cli/inspector/records/worker.ts'));
  expect(seen.size).toBeGreaterThan(20);
  expect(packages).not.toContain('xstate');
  expect(packages).not.toContain('rxjs');
  expect(packages).not.toContain('pino');
});
