/** Every setting, for people to look up. */
import { isSection, nodeAt, SETTINGS, type Setting } from './catalogue.ts';
import { variableOf } from './environment.ts';
import { allowed, written } from './words.ts';

const byDefault = ({ node }: Setting): string => (node.default === undefined ? '' : written(node.default));

/** What a section is for, where a setting is the first of one. */
function headOf({ path }: Setting, before: Setting | undefined): string | null {
  const [section = ''] = path;
  if (path.length < 2 || before?.path[0] === section) return null;
  const node = nodeAt([section]);
  return node !== null && isSection(node) ? (node.description ?? null) : null;
}

/** For a terminal. */
export const referenceText = (): string =>
  SETTINGS.map((setting, index) => {
    const head = headOf(setting, SETTINGS[index - 1]);
    const { key, node } = setting;
    const usual = byDefault(setting);
    return [
      ...(head === null ? [] : [`${setting.path[0]}: ${head}\n`]),
      key,
      `  ${node.description}`,
      `  allowed: ${allowed(node)}${usual === '' ? '' : `; default: ${usual}`}`,
      `  ${variableOf(setting)}\n`,
    ].join('\n');
  }).join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** For the documentation. */
export function referenceMarkdown(): string {
  const rows = SETTINGS.map((setting) => {
    const { key, node } = setting;
    const usual = byDefault(setting);
    const cells = [
      `\`${key}\``,
      node.description ?? '',
      allowed(node),
      usual === '' ? '' : `\`${usual}\``,
      `\`${variableOf(setting)}\``,
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '# Every setting',
    '',
    'Made by `npm run config:docs` from `src/cli/config/schema.ts`; [config.md](config.md) says how they are set.',
    '',
    '| setting | what it is | allowed | default | variable |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
