import { z } from 'zod';
import type { AlertSink } from '../ports/alerts.ts';
import { noticeText, shortened } from './notice-text.ts';
import { postJson } from './post-json.ts';
import type { WebhookOptions } from './webhook-sinks.ts';

/** A message has 4,096 characters at most; five notices of these fit. */
const NOTICE = 800;
/** No more than a message a second to one chat (core.telegram.org/bots/faq). */
const GATHER_MS = 1_000;

const refusal = z.object({
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

function explain(body: string): { readonly why?: string; readonly afterMs?: number } {
  try {
    const { description, parameters } = refusal.parse(JSON.parse(body));
    const seconds = parameters?.retry_after;
    return {
      ...(description === undefined ? {} : { why: description }),
      ...(seconds === undefined ? {} : { afterMs: seconds * 1000 }),
    };
  } catch {
    // Not Telegram's words (a proxy on the way): the status says enough.
    return {};
  }
}

export interface TelegramOptions extends Omit<WebhookOptions, 'url'> {
  /** `https://api.telegram.org`, or a Bot API server of one's own. */
  readonly apiUrl: string;
  readonly token: string;
  readonly chatId: string;
}

/** Telegram's bot API, `sendMessage`, in plain text: nothing in a message can be taken for markup. */
export function telegramSink(options: TelegramOptions): AlertSink {
  const { id, apiUrl, token, chatId, bot, gatherMs = GATHER_MS } = options;
  const url = `${apiUrl.replace(/\/$/, '')}/bot${token}/sendMessage`;
  return {
    id,
    atOnce: 5,
    gatherMs,
    waitingAtMost: 1_000,
    takesAll: false,
    deliver: (notices, signal) => {
      const texts = notices.map((notice) => {
        const { headline, body } = noticeText(notice, bot);
        return shortened(`${headline}\n${body}`, NOTICE);
      });
      const message = { chat_id: chatId, text: texts.join('\n\n'), link_preview_options: { is_disabled: true } };
      return postJson(url, message, { ...options, signal, explain });
    },
  };
}
