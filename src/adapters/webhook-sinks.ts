/** Webhooks in two shapes that many services take: Alertmanager's API, and Slack's. */
import type { AlertSink, Notice } from '../ports/alerts.ts';
import { noticeText, shortened } from './notice-text.ts';
import { type PostOptions, postJson } from './post-json.ts';

export type WebhookOptions = {
  readonly id: string;
  readonly url: string;
  /** Which bot speaks. */
  readonly bot: string;
  /** What belongs together comes in one delivery, and a storm in few, ms. */
  readonly gatherMs?: number;
} & Omit<PostOptions, 'signal' | 'explain'>;

const GATHER_MS = 1_000;

const webhook = (
  { id, url, gatherMs = GATHER_MS, ...options }: WebhookOptions,
  atOnce: number,
  shape: (notices: readonly Notice[]) => unknown,
): AlertSink => ({
  id,
  atOnce,
  gatherMs,
  waitingAtMost: 1_000,
  takesAll: false,
  deliver: (notices, signal) => postJson(url, shape(notices), { ...options, signal }),
});

const ALERTMANAGER_PATH = '/api/v2/alerts';

/**
 * Prometheus Alertmanager, `POST /api/v2/alerts`; an address without a path gets that one. Alertmanager takes an alert for over
 * when nobody repeats it, so each lasts until it would have been repeated twice.
 * @param lastsMs how long an alert fires without being repeated, ms of real time
 */
export function alertmanagerSink(options: WebhookOptions & { readonly lastsMs: number }): AlertSink {
  const url = new URL(options.url);
  if (url.pathname === '/') url.pathname = ALERTMANAGER_PATH;
  const alertOf = (notice: Notice) => {
    const now = Date.now();
    const { state, category, level, subject, message, action_required, count, details, id } = notice;
    return {
      labels: { alertname: category, severity: level.toLowerCase(), subject, job: 'kintsugi', instance: options.bot },
      annotations: {
        summary: message,
        action: action_required,
        count: String(count),
        alert_id: id,
        details: JSON.stringify(details),
      },
      // A bot whose time runs ahead speaks of what, to Alertmanager, has not begun.
      startsAt: new Date(Math.min(now - 1, Date.parse(notice.first_at))).toISOString(),
      endsAt: new Date(state === 'resolved' ? now : now + options.lastsMs).toISOString(),
    };
  };
  return webhook({ ...options, url: url.href }, 64, (notices) => notices.map(alertOf));
}

const SLACK_BLOCK = 2_900;
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Slack's incoming webhooks, and what imitates them (Mattermost, Discord's `/slack`, Rocket.Chat). */
export function slackSink(options: WebhookOptions): AlertSink {
  return webhook(options, 10, (notices) => {
    const texts = notices.map((notice) => noticeText(notice, options.bot));
    return {
      text: texts.map(({ headline }) => shortened(escaped(headline), 200)).join('\n'),
      blocks: texts.map(({ headline, body }) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: shortened(`*${escaped(headline)}*\n${escaped(body)}`, SLACK_BLOCK) },
      })),
    };
  });
}
