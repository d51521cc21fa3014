/** What came over the wire may be broken: JSON writes NaN as `null`, whatever the types say. */

/** The number, or `null` where there is none to show. */
export const known = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** A count: whole and not negative, or `null`. */
export const count = (value: unknown): number | null => {
  const number = known(value);
  return number === null || number < 0 ? null : Math.round(number);
};
