import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { wholeFileStore } from '../../adapters/whole-file-store.ts';
import { says } from '../../ports/says.ts';
import { directoryOfRun } from '../bot-directory.ts';
import { examine } from '../doctor/examine.ts';
import { isSound } from '../doctor/finding.ts';
import { type Plan, plan, type Workbench } from '../doctor/mend.ts';
import { jsonOf, sayFindings } from '../doctor/report.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { say, style, table } from '../terminal.ts';

interface HealFlags {
  readonly dir: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

function workbench(dir: string): Workbench {
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced' });
  const quarantine = fileQuarantine(files, clock);
  return { files, clock, quarantine, logs: jsonlLogs(files, quarantine), store: wholeFileStore(files) };
}

/** What is left alone is shown so often, then counted. */
const SHOWN = 20;

type Done = {
  readonly file: string;
  readonly does: string;
  readonly came_of_it: string | null;
  readonly failed: boolean;
};

/** One after the other; a mend that fails leaves the rest to be done, and its finding to be told of afterwards. */
async function mendAll({ mends }: Plan, bench: Workbench): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const { file, does, run } of mends) {
    try {
      done.push({ file, does, came_of_it: await run(bench), failed: false });
    } catch (error) {
      done.push({ file, does, came_of_it: says(error), failed: true });
    }
  }
  return done;
}

/** Mends a directory at rest, or says what it would do. Nobody else may own the directory while it does. */
export async function heal({ dir: given, dryRun = false, json = false }: HealFlags): Promise<number> {
  const dir = directoryOfRun(given);
  const first = await examine(dir);
  if (first.running) {
    throw new CliError(
      `a bot runs in ${dir} and heals itself; see kintsugi status. Stop it to heal by hand`,
      EXIT.ownedElsewhere,
    );
  }
  const bench = workbench(dir);
  if (dryRun) return sayPlan(dir, first, await plan(first, bench), json);
  if (isSound(first.findings)) {
    if (json) say(JSON.stringify({ ...jsonOf(dir, first.findings), mended: [], left: [] }, null, 2));
    else sayFindings(dir, first.files, first.findings);
    return EXIT.done;
  }
  const lease = await kernelLock(dir, {
    files: bench.files,
    answer: () => ({ pid: process.pid, healing: true }),
  }).acquire('default');
  try {
    // What was found before the lock was ours may have changed since: every mend looks again for itself. Logs come first:
    // what they lost decides about the rest.
    const done = [...(await mendAll(logsOnly(await plan(first, bench)), bench))];
    let after = done.length === 0 ? first : await examine(dir, false);
    const rest = await plan(after, bench);
    if (rest.mends.length > 0) {
      done.push(...(await mendAll(rest, bench)));
      after = await examine(dir, false);
    }
    const left = rest.left.map(({ finding, why }) => ({ ...finding, why }));
    if (json) say(JSON.stringify({ ...jsonOf(dir, after.findings), mended: done, left }, null, 2));
    else {
      say(
        table(
          done.map(({ file, came_of_it, failed }) => [
            failed ? style('red', '✖') : style('green', '🔧'),
            file,
            came_of_it ?? '',
          ]),
        ),
      );
      for (const { file, why } of left.slice(0, SHOWN)) say(`left as it is: ${file}: ${why}`);
      if (left.length > SHOWN) say(`and ${left.length - SHOWN} more; --json lists all`);
      say();
      sayFindings(dir, after.files, after.findings);
    }
    return isSound(after.findings) ? EXIT.done : EXIT.failed;
  } finally {
    await lease.release();
  }
}

const logsOnly = ({ mends, left }: Plan): Plan => ({
  mends: mends.filter(({ file }) => file.endsWith('.jsonl')),
  left,
});

function sayPlan(
  dir: string,
  { findings, files }: Awaited<ReturnType<typeof examine>>,
  { mends, left }: Plan,
  json: boolean,
): number {
  if (json) {
    const would = mends.map(({ file, does }) => ({ file, does }));
    say(
      JSON.stringify(
        { ...jsonOf(dir, findings), would, left: left.map(({ finding, why }) => ({ ...finding, why })) },
        null,
        2,
      ),
    );
  } else {
    sayFindings(dir, files, findings);
    if (mends.length + left.length > 0) say();
    for (const { file, does } of mends) say(`would mend   ${file}: ${does}`);
    for (const { finding, why } of left.slice(0, SHOWN)) say(`would leave  ${finding.file}: ${why}`);
    if (left.length > SHOWN) say(`and ${left.length - SHOWN} more; --json lists all`);
  }
  return isSound(findings) ? EXIT.done : EXIT.failed;
}
