import { counted, say, style, table } from '../terminal.ts';
import { type Finding, isSound } from './finding.ts';

/** How many findings a person is shown; `--json` has them all. */
const SHOWN = 40;
const SIGNS = {
  error: ['red', '✖ error'],
  warning: ['yellow', '▲ warning'],
  info: ['dim', '· info'],
} as const;

const sign = (severity: Finding['severity']): string => {
  const [format, text] = SIGNS[severity];
  return style(format, text);
};
const placeOf = ({ file, line, offset }: Finding): string =>
  `${file}${line === null ? '' : `, line ${line}`}${offset === null ? '' : `, byte ${offset}`}`;

/** The findings as JSON, with exactly what a script needs. */
export const jsonOf = (dir: string, findings: readonly Finding[]) => ({
  schema: 1,
  dir,
  sound: isSound(findings),
  findings,
});

/** The findings for a person: the verdict first, then the worst. */
export function sayFindings(dir: string, files: number, findings: readonly Finding[]): void {
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length;
  const looked = `${counted(files, 'file')} of records looked at`;
  if (isSound(findings)) say(`${style('green', '✔ sound')}  ${dir}: ${looked}, nothing is broken`);
  else {
    const parts = [counted(count('error'), 'error'), counted(count('warning'), 'warning')];
    say(`${style('red', '✖ not sound')}  ${dir}: ${looked}, ${parts.join(', ')}`);
  }
  const rows = findings.slice(0, SHOWN).map((one) => [sign(one.severity), `${placeOf(one)}: ${one.reason}`]);
  const advice = findings.slice(0, SHOWN).map(({ remedy }) => remedy);
  const lines = table(rows, '  ').split('\n');
  for (const [i, line] of rows.length > 0 ? lines.entries() : []) {
    say(line);
    if (advice[i] !== advice[i + 1]) say(`      ${style('dim', `→ ${advice[i]}`)}`);
  }
  if (findings.length > SHOWN) say(`  and ${counted(findings.length - SHOWN, 'more', 'more')}; --json lists all`);
}
