/** Repairs a log in a process of its own, so that its memory and its turns of the event loop are its own: `node repair.ts ROOT PATH`. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';

export interface RepairFigures {
  readonly mended: number;
  readonly repairMs: number;
  /** Share of the file's bytes that were written. */
  readonly written: number;
  readonly secondLookMs: number;
  /** Longest time the event loop was held by a full pass, ms; and how long the pass took. */
  readonly heldMs: number;
  readonly fullPassMs: number;
  readonly peakMb: number;
}

/** Bytes this process has caused to be written, as the kernel counts them. */
const ioBytes = (): number => Number(/^wchar: (\d+)/m.exec(fs.readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const [root = '', path = ''] = process.argv.slice(2);
const files = nodeFiles(root, { durability: 'synced', watched: false });
const log = new JsonlLog(files, fileQuarantine(files, { now: () => 0 } as never), path, {
  sequenced: true,
  remembered: 0,
});
const before = ioBytes();
let mended = 0;
const repairMs = await timed(async () => {
  mended = (await log.repair()).quarantined.length;
});
const written = (ioBytes() - before) / fs.statSync(join(root, path)).size;
const secondLookMs = await timed(() => log.verify());
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const fullPassMs = await timed(() => log.verify({ full: true }));
delay.disable();
const figures: RepairFigures = {
  mended,
  repairMs,
  written,
  secondLookMs,
  heldMs: delay.max / 1e6,
  fullPassMs,
  peakMb: Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1_024,
};
console.log(JSON.stringify(figures));
