const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `2h`, `30m`, `1d`, `500ms` in ms; `null` for anything else. */
export function parseDuration(text: string): number | null {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const ms = Number(amount) * (UNITS[unit] ?? Number.NaN);
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** A span for people: `2 h 05 min`, `3 min 12 s`, `840 ms`. */
export function sayDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const pad = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const hours = Math.floor(seconds / 3_600);
  if (hours < 48) return `${hours} h ${pad(Math.floor((seconds % 3_600) / 60))} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
