/** Which rows of a long list are drawn. */

export interface Window {
  /** The first row that is drawn, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Height of what is left out above, px. */
  readonly above: number;
  /** Of the whole list, px. */
  readonly height: number;
}

/**
 * The rows that can be seen, and `over` more on either side, so that scrolling meets no white.
 * @param scrolled px from the top of the list; browsers give less than 0 where they let it bounce
 */
export function windowOf({
  scrolled,
  height,
  row,
  count,
  over,
}: {
  readonly scrolled: number;
  readonly height: number;
  readonly row: number;
  readonly count: number;
  readonly over: number;
}): Window {
  const top = Math.min(Math.max(0, scrolled), Math.max(0, count * row - height));
  const first = Math.max(0, Math.floor(top / row) - over);
  const end = Math.min(count, Math.ceil((top + height) / row) + over);
  return { first: Math.min(first, end), end, above: Math.min(first, end) * row, height: count * row };
}

/** Where to scroll so that a row is seen whole; as little as possible. */
export function scrollTo(
  index: number,
  { scrolled, height, row }: { readonly scrolled: number; readonly height: number; readonly row: number },
): number {
  const top = index * row;
  if (top < scrolled) return top;
  if (top + row > scrolled + height) return Math.max(0, top + row - height);
  return scrolled;
}
