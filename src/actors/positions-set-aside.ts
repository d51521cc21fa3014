import type { QuarantineEntry } from '../ports/quarantine.ts';
import type { World } from '../ports/world.ts';
import { judgePositions, type Look } from './positions-keeper.ts';
import { POSITIONS_FILE } from './records.ts';

/** So often, where somebody changes it meanwhile. */
const TRIES = 5;

/**
 * Puts the positions file into quarantine where it is not what it should be, so that it may be written over. It is read again then:
 * what somebody has made of it meanwhile would be lost.
 * @param holdings what it should list
 * @returns what was wrong with it, and where it is now. Rejects where it is another one every time.
 */
export async function setPositionsAside(
  { files, quarantine }: Pick<World, 'files' | 'quarantine'>,
  holdings: string,
): Promise<{ readonly before: Look; readonly kept: QuarantineEntry | null }> {
  let kept: QuarantineEntry | null = null;
  for (let tries = 0; tries < TRIES; tries++) {
    const bytes = await files.read(POSITIONS_FILE);
    const before = judgePositions(bytes, holdings);
    if (bytes === null || before.found === 'same') return { before, kept };
    kept = await quarantine.keep(POSITIONS_FILE, 0, bytes, before.says);
    const now = await files.read(POSITIONS_FILE);
    if (now !== null && Buffer.compare(now, bytes) === 0) return { before, kept };
  }
  throw new Error(`${POSITIONS_FILE} changes whenever it is set aside, nothing was written: stop who writes to it`);
}
