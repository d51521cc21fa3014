/** Files have one owner each. */
import { CHECKPOINT_FILE } from '../../actors/bus-history.ts';
import { ESCALATION_FILE } from '../../actors/healing-operator.ts';
import { REAL_SHADOWS_FILE } from '../../actors/real-shadow-keeper.ts';
import { LEDGER_FILE, LOGS, ownerOf } from '../faults/owners.ts';
import type { Law } from './law.ts';

/** Files whose owner writes them, and which file integrity mends where they are damaged. */
const MENDED: ReadonlySet<string> = new Set([...LOGS, REAL_SHADOWS_FILE]);
/** The healers judge in the wake of whoever has just changed: who is behind what they write in their own files is not known. */
const HEALERS: ReadonlySet<string> = new Set([LEDGER_FILE, ESCALATION_FILE]);

export const OWNER_LAWS: readonly Law[] = [
  {
    id: 'one-owner-a-file',
    says: "nobody writes another's file; file integrity mends what its owner does not look at",
    watch: (_, found) => {
      const told = new Set<string>();
      const owner = (path: string): ReturnType<typeof ownerOf> => {
        if (path === CHECKPOINT_FILE) return 'signalBus';
        return path === REAL_SHADOWS_FILE ? 'shadowEngine' : ownerOf(path);
      };
      return {
        called: ({ operation, path }, actor) => {
          const owns = owner(path);
          if (actor === null || owns === 'anyone' || owns === actor || HEALERS.has(path)) return;
          if (actor === 'fileIntegrity' && MENDED.has(path)) return;
          const says = `${actor} does ${operation} on ${path}, which is ${owns ?? 'nobody'}'s`;
          if (!told.has(says)) found(says);
          told.add(says);
        },
      };
    },
  },
];
