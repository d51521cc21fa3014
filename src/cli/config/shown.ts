import { FROM_ENVIRONMENT, isWeb } from './alerts-section.ts';
import { nodeAt, type Path } from './catalogue.ts';

/** An address without what lets somebody in; the name of a variable tells nothing. */
function withoutSecret(text: string): string {
  if (FROM_ENVIRONMENT.test(text)) return text;
  if (!isWeb(text)) return '[redacted]';
  const { origin, pathname, search, username } = new URL(text);
  return pathname === '/' && search === '' && username === '' ? text : `${origin}/[redacted]`;
}

/** A value of a setting as it may be shown: what may let somebody in is left out. */
export function shown(value: unknown, path: Path): unknown {
  if (typeof value === 'string') return nodeAt(path)?.writeOnly ? withoutSecret(value) : value;
  if (Array.isArray(value)) return value.map((one, index) => shown(one, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(one, [...path, key])]));
}
