/** Settings on the command line: `--set KEY=VALUE` for any of them, and options of their own for some. */
import { nodeAt, settingOf } from './catalogue.ts';
import type { Problem } from './config-error.ts';
import type { Given } from './layers.ts';
import { unknownSetting } from './problems.ts';
import { textValue } from './text-value.ts';

/** The options that say a setting, as commander hands them over. */
export interface SettingFlags {
  readonly dir?: string;
  readonly feed?: string;
  readonly symbols?: string;
  readonly speed?: string;
  readonly seed?: string;
  readonly port?: string;
  readonly host?: string;
  readonly origin?: string;
  /** `false`: by `--no-http`. */
  readonly http?: boolean;
  readonly testnet?: boolean;
  readonly store?: string;
  readonly partitions?: string;
  readonly lease?: string;
  /** `KEY=VALUE`, as often as it was typed. */
  readonly set?: readonly string[];
}

/** Which setting an option says. */
const OWN = {
  dir: 'dir',
  feed: 'feed',
  symbols: 'symbols',
  speed: 'speed',
  seed: 'seed',
  port: 'http.port',
  host: 'http.host',
  origin: 'http.origin',
  store: 'store',
  partitions: 'fleet.partitions',
  lease: 'fleet.leaseSeconds',
} as const satisfies Partial<Record<keyof SettingFlags, string>>;

/** What was typed; an option of its own goes before `--set`, and the last `--set` before the ones before it. */
export function givenByFlags(flags: SettingFlags): { given: readonly Given[]; problems: readonly Problem[] } {
  const given: Given[] = [];
  const problems: Problem[] = [];
  const take = (key: string, flag: string, text: string): void => {
    const setting = settingOf(key);
    const from = { kind: 'flag', flag } as const;
    if (setting) given.push({ path: setting.path, value: textValue(text, setting.node), from });
    else problems.push({ at: from, says: refusal(key) });
  };
  for (const word of flags.set ?? []) {
    const [key = '', ...text] = word.split('=');
    // The value is not repeated: it may let somebody in.
    if (text.length === 0)
      problems.push({ at: { kind: 'flag', flag: `--set ${key}` }, says: 'it is written as --set KEY=VALUE' });
    else take(key.trim(), `--set ${key.trim()}`, text.join('='));
  }
  for (const [name, key] of Object.entries(OWN)) {
    const text = flags[name as keyof typeof OWN];
    // What may let somebody in is not repeated.
    if (text !== undefined) take(key, settingOf(key)?.node.writeOnly ? `--${name}` : `--${name} ${text}`, text);
  }
  if (flags.http === false) take('http.enabled', '--no-http', 'false');
  if (flags.testnet) take('exchange.testnet', '--testnet', 'true');
  return { given, problems };
}

function refusal(key: string): string {
  const section = nodeAt(key.split('.'));
  const inside = Object.keys(section?.properties ?? {}).map((name) => `${key}.${name}`);
  if (inside.length === 0) return unknownSetting(key);
  return `"${key}" is a section. Name one of its settings: ${inside.join(', ')}`;
}
