import type { Notice } from '../ports/alerts.ts';

export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

const times = ({ count }: Notice): string => (count > 1 ? ` (${count} times)` : '');

/** A notice as a person reads it on a telephone: a headline, and what to do. */
export function noticeText(notice: Notice, bot: string): { readonly headline: string; readonly body: string } {
  const { state, level, category, subject, message, action_required, first_at } = notice;
  const headline = state === 'resolved' ? `✅ over: ${category} ${subject}` : `🔴 ${level} ${category} ${subject}`;
  const lines = [`${message}${times(notice)}`, `since ${first_at}, ${bot}, ${notice.id}`];
  return { headline, body: (state === 'firing' ? [...lines, action_required] : lines).join('\n') };
}
