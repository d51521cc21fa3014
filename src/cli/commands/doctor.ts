import { directoryOfRun } from '../bot-directory.ts';
import { examine } from '../doctor/examine.ts';
import { isSound } from '../doctor/finding.ts';
import { jsonOf, sayFindings } from '../doctor/report.ts';
import { EXIT } from '../exit-codes.ts';
import { say, tell } from '../terminal.ts';

export async function doctor({ dir: given, json }: { dir: string; json?: boolean }): Promise<number> {
  const dir = directoryOfRun(given);
  const { findings, files, running, ours } = await examine(dir);
  if (json) say(JSON.stringify(jsonOf(dir, findings), null, 2));
  else {
    if (running) tell('A bot runs there: what it is writing just now may show as info.');
    if (!ours && files > 0) tell("These records are not a Kintsugi's; lines and lifecycle are looked at all the same.");
    sayFindings(dir, files, findings);
  }
  return isSound(findings) ? EXIT.done : EXIT.failed;
}
