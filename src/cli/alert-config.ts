/** Where critical alerts go besides the file: the receivers, made of what the configuration says. */
import { createHash } from 'node:crypto';
import type { Redactor } from '../adapters/redactor.ts';
import { telegramSink } from '../adapters/telegram-sink.ts';
import { alertmanagerSink, slackSink } from '../adapters/webhook-sinks.ts';
import type { AlertSink } from '../ports/alerts.ts';
import { type AlertConfig, FROM_ENVIRONMENT, isWeb } from './config/alerts-section.ts';
import type { Environment } from './config/environment.ts';
import { CliError, EXIT } from './exit-codes.ts';

export const HOUR_MS = 3_600_000;
export const TELEGRAM_TOKEN = 'KINTSUGI_TELEGRAM_TOKEN';

/** A setting names something in the environment that is not there, or is not what it should be. */
export class AlertSecretMissing extends CliError {
  constructor(setting: string, what: string) {
    super(`"${setting}": ${what}. Set it before the start, or take the setting out; nothing was started`, EXIT.config);
    this.name = 'AlertSecretMissing';
  }
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

function addressOf(url: string, setting: string, environment: Environment): { url: string; name: string } {
  const variable = FROM_ENVIRONMENT.exec(url)?.[1];
  if (variable === undefined) return { url, name: `${new URL(url).host} ${fingerprint(url)}` };
  const value = environment[variable]?.trim();
  if (!value) throw new AlertSecretMissing(setting, `there is no ${variable} in the environment`);
  if (!isWeb(value)) throw new AlertSecretMissing(setting, `what ${variable} holds is no address (https://…)`);
  return { url: value, name: variable };
}

/**
 * The sinks that are set up. What is secret about them is told to the redactor first. Throws {@link AlertSecretMissing}.
 * @param bot which bot speaks, for those who have several
 */
export function alertSinks(
  config: AlertConfig,
  environment: Environment,
  redactor: Redactor,
  bot: string,
): readonly AlertSink[] {
  const lastsMs = config.repeatAfterHours * 2 * HOUR_MS;
  const clean = (text: string): string => redactor.text(text);
  const webhooks = config.webhooks.map(({ url: written, shape }, index) => {
    const { url, name } = addressOf(written, `alerts.webhooks.${index}.url`, environment);
    redactor.registerUrl(url);
    const options = { id: `${shape} ${name}`, url, bot, clean };
    return shape === 'slack' ? slackSink(options) : alertmanagerSink({ ...options, lastsMs });
  });
  if (config.telegram === null) return webhooks;
  const token = environment[TELEGRAM_TOKEN]?.trim();
  if (!token) throw new AlertSecretMissing('alerts.telegram', `there is no ${TELEGRAM_TOKEN} in the environment`);
  if (!/^\d+:[\w-]{10,}$/.test(token)) {
    throw new AlertSecretMissing('alerts.telegram', `what ${TELEGRAM_TOKEN} holds is no token of a bot (123456:ABC…)`);
  }
  redactor.register(token);
  redactor.register(token.slice(token.indexOf(':') + 1));
  const { chatId, apiUrl } = config.telegram;
  return [...webhooks, telegramSink({ id: `telegram ${fingerprint(chatId)}`, apiUrl, token, chatId, bot, clean })];
}
