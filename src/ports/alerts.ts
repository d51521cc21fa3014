import { z } from 'zod';

/** A message for the operator. Sent rarely: only when somebody has to act. */
export interface Alert {
  readonly level: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
  readonly category: string;
  /** What it is about, within its category. While the same is firing it is one alert, with a count. */
  readonly subject: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly actionRequired: string;
}

/** That what an alert was about is over. */
export interface Recovery {
  readonly category: string;
  readonly subject: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Neither method rejects: what the disk or the network refuses is kept and tried again. */
export interface Alerts {
  /** Resolves when the alert was taken in charge. */
  raise(alert: Alert): Promise<void>;
  /** Tells the recovery, once, where such an alert is firing. */
  resolve(recovery: Recovery): Promise<void>;
  /** Subjects of a category that are firing, those of earlier lives of the bot among them. */
  firing(category: string): readonly string[];
  /** How many alerts were told since then (ms, a day back at most); one that goes on firing is one. */
  toldSince(at: number): number;
}

/** One thing to be told, as it stands in `logs/operator_alerts.jsonl` and goes to every sink. */
export const noticeRecord = z.object({
  level: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']),
  category: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  action_required: z.string(),
  /** Seconds since the epoch, on the bot's time line. */
  timestamp: z.number(),
  timestamp_iso: z.string(),
  /** The same from the first word to the recovery. */
  id: z.string(),
  state: z.enum(['firing', 'resolved']),
  subject: z.string(),
  /** How often it was raised so far. */
  count: z.number(),
  /** ISO-8601. */
  first_at: z.string(),
});
export type Notice = Readonly<z.infer<typeof noticeRecord>>;

/** The same for the same notice, wherever it stands. */
export const noticeKey = ({ id, state, timestamp }: Notice): string => `${id} ${state} ${timestamp}`;

/** What became of notices that were handed to a sink together. */
export type Delivered =
  | { readonly ok: true }
  /** `retry: false`: it will never be taken as it is. `afterMs`: not before this long, where the sink said so. */
  | { readonly ok: false; readonly retry: boolean; readonly afterMs: number | null; readonly why: string };

/** Where notices go. */
export interface AlertSink {
  /** Stays the same over restarts, and tells no secret. */
  readonly id: string;
  /** So many notices at most in one delivery. */
  readonly atOnce: number;
  /** How long notices wait for others that belong to them, ms; deliveries are so far apart at least. */
  readonly gatherMs: number;
  /** More do not wait while it is dead: the oldest is given up. */
  readonly waitingAtMost: number;
  /** `false`: critical alerts alone. */
  readonly takesAll: boolean;
  /** Takes all of them, in order, or none. Never rejects, and ends soon after `signal`. */
  deliver(notices: readonly Notice[], signal: AbortSignal): Promise<Delivered>;
}
