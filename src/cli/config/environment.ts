/** Settings in the environment: `KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS` is `guards.risk.maxDailyLoss`. */
import { SETTINGS, type Setting } from './catalogue.ts';
import type { Problem } from './config-error.ts';
import type { Given } from './layers.ts';
import { meant } from './problems.ts';
import { textValue } from './text-value.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'KINTSUGI_';
/** Names the configuration file; `--config` goes before it. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/** Variables of ours that are no settings. */
export const OTHERS: readonly string[] = [
  CONFIG_VARIABLE,
  'KINTSUGI_DEBUG',
  // Of `run --live`: what a person would type, where an exchange for tests is, and how long start-up may take to be green.
  'KINTSUGI_LIVE_CONFIRM',
  'KINTSUGI_EXCHANGE_URL',
  'KINTSUGI_GREEN_WITHIN_S',
  // What a guardian says to the bot it starts.
  'KINTSUGI_CONFIRMED_TO',
  'KINTSUGI_GUARDED',
  // Of the tests.
  'KINTSUGI_DATA',
  'KINTSUGI_REPORT_DAYS',
  'KINTSUGI_KEEP',
  'KINTSUGI_CALIBRATION_DAYS',
  'KINTSUGI_MUTATION_PART',
];
/** Secrets have the names their readers gave them; no setting ends so. */
const SECRET = /_(TOKEN|KEY|SECRET|PASSWORD|PASSPHRASE)$/;
/** What Kubernetes and Docker put into the environment of whoever runs beside a service called kintsugi. */
const OF_A_SERVICE = /^KINTSUGI_(SERVICE_(HOST|PORT)(_.*)?|PORT(_.*)?)$/;

const isElse = (name: string): boolean => OTHERS.includes(name) || SECRET.test(name) || OF_A_SERVICE.test(name);

/** The variable of a setting. */
export const variableOf = ({ path }: Pick<Setting, 'path'>): string =>
  PREFIX + path.map((key) => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_');

const byVariable = new Map(SETTINGS.map((setting) => [variableOf(setting), setting]));

/** What the environment says, and which variables look like settings and are none. One that is empty says nothing. */
export function givenBy(environment: Environment): { given: readonly Given[]; unknown: readonly string[] } {
  const given: Given[] = [];
  const unknown: string[] = [];
  // A part comes after the whole it belongs to, whatever order the environment has.
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name];
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue;
    const setting = byVariable.get(name);
    if (setting) {
      const { path, node } = setting;
      given.push({ path, value: textValue(text, node), from: { kind: 'environment', name } });
    } else if (!isElse(name)) unknown.push(name);
  }
  return { given, unknown };
}

/** A variable that is believed to limit something, and does not, is worse than none. */
export function unknownVariable(name: string): Problem {
  const known = [...byVariable.keys()].map((one) => one.slice(PREFIX.length));
  const near = meant(name.slice(PREFIX.length), known, '_');
  const question = near === null ? '' : `Did you mean ${PREFIX}${near}? `;
  const advice = `${question}kintsugi config keys lists them all`;
  return { at: { kind: 'environment', name }, says: 'there is no setting of this name', advice };
}
