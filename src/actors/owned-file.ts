import type { FileEvidence } from '../machines/messages.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { OwnedFile } from './effects.ts';

const seen = (now: number, exists: boolean, writable: boolean, words: string, badLines = 0): FileEvidence => ({
  exists,
  writable,
  badLines,
  says: words,
  checkedAt: now,
});

/**
 * A file that must be there once its owner has written it.
 * @param expected whether its owner has written it already; before that, absence is no damage
 * @param reads says what is wrong with the content, or `null`; called only when the file is there
 */
export function ownedFile(
  world: World,
  path: string,
  expected: () => boolean,
  reads: (bytes: Uint8Array) => string | null = () => null,
): OwnedFile {
  let sound: Uint8Array | null = null;
  return {
    path,
    check: async () => {
      const now = world.clock.now();
      try {
        const bytes = await world.files.read(path);
        if (bytes === null)
          return expected() ? seen(now, false, false, `${path} is missing`) : seen(now, true, true, '');
        // What is bit for bit what could be read before can be read still.
        const wrong = sound !== null && Buffer.compare(sound, bytes) === 0 ? null : reads(bytes);
        if (wrong !== null) return seen(now, true, true, `${path} cannot be read: ${wrong}`, 1);
        sound = bytes;
        const writable = await world.files.writable(path);
        return seen(now, true, writable, writable ? '' : `${path} is not writable`);
      } catch (error) {
        return seen(now, false, false, says(error));
      }
    },
  };
}

/** A folder that must be there. */
export function ownedFolder(world: World, path: string): OwnedFile {
  return {
    path,
    check: async () => {
      const now = world.clock.now();
      try {
        const stat = await world.files.stat(path);
        return stat?.kind === 'folder'
          ? seen(now, true, true, '')
          : seen(now, false, false, `the folder ${path} is missing`);
      } catch (error) {
        return seen(now, false, false, says(error));
      }
    },
  };
}
