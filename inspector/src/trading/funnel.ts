/** The geometry of the funnel: how far the signals came, and where the others were lost. */
import { count } from './known.ts';

export interface FunnelRow {
  readonly stage: string;
  /** `null`: it is not known. */
  readonly count: number | null;
  /** Length of its bar, as a part of the longest. */
  readonly share: number;
  /** Length of what was lost since the stage before; the two together are as long as the stage before. */
  readonly gone: number;
  /** Of those of the stage before, the part that came here; `null` where there is none before, or it had none. */
  readonly kept: number | null;
  readonly lost: number;
  /** What became of the lost, in words. */
  readonly says: string | null;
}

/**
 * Rows of the funnel, the first stage on top. A stage that is not known keeps its place, and the next is measured against the
 * last that is.
 */
export function funnelRows(
  stages: readonly { readonly stage: string; readonly count: number; readonly lost: string | null }[],
): readonly FunnelRow[] {
  const most = Math.max(1, ...stages.map((one) => count(one.count) ?? 0));
  let before: number | null = null;
  return stages.map(({ stage, count: raw, lost: says }) => {
    const here = count(raw);
    if (here === null) return { stage, count: null, share: 0, gone: 0, kept: null, lost: 0, says };
    const lost = before === null ? 0 : Math.max(0, before - here);
    const row: FunnelRow = {
      stage,
      count: here,
      share: here / most,
      gone: lost / most,
      kept: before === null || before === 0 ? null : here / before,
      lost,
      says,
    };
    before = here;
    return row;
  });
}
