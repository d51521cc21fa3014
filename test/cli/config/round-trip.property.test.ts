import { expect, it } from 'vitest';
import { SETTINGS } from '../../../src/cli/config/catalogue.ts';
import { variableOf } from '../../../src/cli/config/environment.ts';
import { type Sources, settle } from '../../../src/cli/config/settings.ts';
import { templateOf } from '../../../src/cli/config/template.ts';
import { botConfig, DEFAULT_CONFIG } from '../../../src/cli/config.ts';
import { fc } from '../../fast-check.ts';
import { asFile, type Said, someSettings, WHOLE } from './valid-settings.ts';

const effective = (sources: Sources) => {
  const { configuration } = settle(sources);
  return { configuration, bot: botConfig(configuration) };
};
const file = (text: string): Sources => ({ file: { text, name: 'kintsugi.jsonc' } });
const json = (value: unknown): string => JSON.stringify(value) ?? 'null';
const inEnvironment = (said: readonly Said[]): Sources => ({
  environment: Object.fromEntries(said.map(([setting, value]) => [variableOf(setting), json(value)])),
});
const onCommandLine = (said: readonly Said[]): Sources => ({
  flags: { set: said.map(([{ key }, value]) => `${key}=${json(value)}`) },
});

it('means the same in a file, in one with comments, in the environment and on the command line', () => {
  fc.assert(
    fc.property(someSettings, (said) => {
      const plain = effective(file(JSON.stringify(asFile(said))));
      expect(effective(file(templateOf('schema.json', plain.configuration)))).toEqual(plain);
      expect(effective(inEnvironment(said))).toEqual(plain);
      expect(effective(onCommandLine(said))).toEqual(plain);
    }),
    { numRuns: 300 },
  );
});

it('a later source goes before an earlier one, and whole settings know where they come from', () => {
  const three = fc.tuple(someSettings, someSettings, someSettings);
  fc.assert(
    fc.property(three, ([inFile, inVariables, typed]) => {
      const settled = settle({
        ...file(JSON.stringify(asFile(inFile))),
        ...inEnvironment(inVariables),
        ...onCommandLine(typed),
      });
      const latest = new Map([...inFile, ...inVariables, ...typed].map(([{ key }, value]) => [key, value]));
      const merged = WHOLE.flatMap((setting): Said[] =>
        latest.has(setting.key) ? [[setting, latest.get(setting.key)]] : [],
      );
      expect(settled.configuration).toEqual(effective(file(JSON.stringify(asFile(merged)))).configuration);
      const says = (said: readonly Said[], key: string): boolean => said.some(([setting]) => setting.key === key);
      for (const { key, path } of WHOLE) {
        const kind = says(typed, key)
          ? 'flag'
          : says(inVariables, key)
            ? 'environment'
            : says(inFile, key)
              ? 'file'
              : 'default';
        expect(`${key} ${settled.origin(path).kind}`).toBe(`${key} ${kind}`);
      }
    }),
    { numRuns: 200 },
  );
});

it('what nobody says has its default, and a file with everything in it and nothing changed says nothing', () => {
  expect(effective({}).bot).toEqual(DEFAULT_CONFIG);
  const template = settle(file(templateOf('schema.json')));
  expect(template.configuration).toEqual(settle({}).configuration);
  for (const { path } of SETTINGS) expect(template.origin(path).kind).toBe('default');
});

it('a file with everything in it names every setting and explains it', () => {
  const text = templateOf('schema.json');
  for (const { path, node } of WHOLE) {
    expect(text).toContain(`// "${path.at(-1)}": `);
    expect(text.replaceAll(/\n\s*\/\/ /g, ' ')).toContain(node.description);
  }
});

it('a commented line of such a file works when its slashes are taken away', () => {
  const lines = templateOf('schema.json').split('\n');
  const settings = lines.flatMap((line, index) => (/^\s*\/\/ "\w+": /.test(line) ? [index] : []));
  expect(settings).toHaveLength(WHOLE.length);
  for (const index of settings) {
    const text = lines.map((line, at) => (at === index ? line.replace('// ', '') : line)).join('\n');
    expect(effective(file(text)).bot).toEqual(DEFAULT_CONFIG);
  }
});
