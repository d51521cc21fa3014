import { z } from 'zod';
import { section, setting } from './setting.ts';

/** Checked; secrets are still names of the environment. */
export interface AlertConfig {
  readonly webhooks: readonly { readonly url: string; readonly shape: 'alertmanager' | 'slack' }[];
  readonly telegram: { readonly chatId: string; readonly apiUrl: string } | null;
  /** An alert that goes on firing is told again after so long. */
  readonly repeatAfterHours: number;
  /** At `--speed max`, where hours pass in seconds, nothing is sent unless this is set. */
  readonly sendAtMaxSpeed: boolean;
}

/** An address that stands in the environment, under the name after the colon. */
export const FROM_ENVIRONMENT = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;
export const isWeb = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

const WEB = /^https?:\/\/./;
const URL_RULE = 'an address is written as https://…, or env:NAME for one that stands in the environment';
const CHAT_RULE = 'a chat is a number, as -1001234567890, or a channel, as @my_channel';

const webhook = z.strictObject({
  url: z
    .string()
    .regex(/^(https?:\/\/.+|env:[A-Za-z_][A-Za-z0-9_]*)$/, URL_RULE)
    .refine((url) => FROM_ENVIRONMENT.test(url) || isWeb(url), URL_RULE)
    .meta({
      description: 'Where alerts are posted; env:NAME for an address that stands in the environment.',
      examples: ['https://…', 'env:NAME'],
      writeOnly: true,
    }),
  shape: z.enum(['alertmanager', 'slack']).describe('In whose words: those of Alertmanager or of Slack.'),
});

const telegram = z.strictObject({
  chatId: z.union([z.int(), z.string().regex(/^(-?\d+|@\w+)$/, CHAT_RULE)], CHAT_RULE).meta({
    description: 'The chat: its number, or the name of a channel.',
    examples: [-1001234567890, '@my_channel'],
  }),
  apiUrl: setting(
    z.string().regex(WEB, 'it is written as https://…; the token stays in the environment').refine(isWeb),
    'https://api.telegram.org',
    'Where the bot API is; the token stands in the environment, as KINTSUGI_TELEGRAM_TOKEN.',
    { examples: ['https://api.telegram.org'], writeOnly: true },
  ),
});

/** Where critical alerts go besides the file. */
export const alertsSection = section('Where critical alerts go besides logs/operator_alerts.jsonl.', {
  webhooks: setting(z.array(webhook).max(10), [], 'Addresses to which alerts are posted.', {
    examples: [[{ url: 'env:OPS_SLACK', shape: 'slack' }]],
    writeOnly: true,
  }),
  telegram: setting(telegram.nullable(), null, 'A chat of Telegram; null: none.', {
    examples: [{ chatId: '@my_channel' }],
  }),
  repeatAfterHours: setting(
    z.number().min(0.01).max(720),
    4,
    'An alert that goes on firing is told again after so many hours.',
  ),
  sendAtMaxSpeed: setting(z.boolean(), false, 'At --speed max, where hours pass in seconds, alerts are sent as well.'),
});

/** The section, in the units of the code. */
export const alertConfig = ({ telegram, ...rest }: z.output<typeof alertsSection>): AlertConfig => ({
  ...rest,
  telegram: telegram === null ? null : { ...telegram, chatId: String(telegram.chatId) },
});
