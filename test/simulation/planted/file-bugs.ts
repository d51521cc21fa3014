/** Bugs of who writes what: a healer that touches, an owner that writes over what it could not read. */
import type { PlantedBug } from './bug.ts';

export const FILE_BUGS: readonly PlantedBug[] = [
  {
    id: 'files/healer-touches',
    does: 'the healer writes the heartbeat at every sweep, so that it never is old',
    file: 'src/actors/healing-operator.ts',
    find: "if (impulse !== 'swept') return;",
    put: "if (impulse !== 'swept') return;\n    void world.files.writeWhole('logs/.bot_heartbeat', new TextEncoder().encode(isoTime(clock.now()))).catch(() => undefined);",
  },
  {
    id: 'files/another-owners-file',
    does: 'file integrity puts its own copy of the positions file back',
    file: 'src/actors/kept-files.ts',
    find: 'new Set([REAL_SHADOWS_FILE, ALERTS_STATE_FILE]);',
    put: 'new Set([REAL_SHADOWS_FILE, ALERTS_STATE_FILE, POSITIONS_FILE]);',
  },
  {
    id: 'files/unreadable-is-empty',
    does: 'a positions file that cannot be read at the start is written over',
    file: 'src/actors/safety-layer.ts',
    find: 'if (isBehind || (isNew && (await isFlat()))) await writeFirst();',
    put: "if (isBehind || isNew || foundAtStart.found === 'unreadable') await writeFirst();",
    under: ['document-torn', 'crash'],
  },
  {
    id: 'files/rebuilt-without-quarantine',
    does: 'a positions file that cannot be read is rebuilt, and what stood there is gone',
    file: 'src/actors/positions-set-aside.ts',
    find: "if (bytes === null || before.found === 'same') return",
    put: "if (bytes === null || before.found !== 'differs') return",
  },
  {
    id: 'files/damage-not-seen',
    does: 'file integrity looks at what has grown, and never again at what it has read',
    file: 'src/adapters/log-knowledge.ts',
    find: 'const changed = this.#touched || (!sameMark(this.#mark, stat) && this.grownBy(stat) <= 0);',
    put: 'const changed = this.#mark === null;',
    under: ['bytes-overwritten', 'bit-flipped'],
  },
];
