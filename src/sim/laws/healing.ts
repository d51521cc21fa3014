/** Healing: what is told of it can be true. */
import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { linesIn } from '../../cli/read-ledger.ts';
import { hashOf } from '../../healing/chain.ts';
import type { LedgerLine } from '../../healing/chain-check.ts';
import { checkLedger } from '../../healing/ledger-check.ts';
import { SOUND } from '../disk-trouble.ts';
import type { Law } from './law.ts';

/** What is told of healing is in its ledger by then, where that takes it: looks of the laws, ten minutes of them. */
const WRITTEN_WITHIN = 60;

const NEWLINE = 0x0a;

/** A line of the ledger has this status of this incident. What is looked for was told lately: the last lines come first. */
function isIn(ledger: Buffer, { id, status }: Told): boolean {
  const key = `"incident_id":"${id}"`;
  for (let at = ledger.lastIndexOf(key); at >= 0; at = at > 0 ? ledger.lastIndexOf(key, at - 1) : -1) {
    const end = ledger.indexOf(NEWLINE, at);
    if (ledger.subarray(at, end < 0 ? ledger.length : end).includes(`"status":"${status}"`)) return true;
  }
  return false;
}

interface Told {
  readonly id: string;
  readonly status: string;
  /** Looks since it was told. */
  readonly looks: number;
}

/** What the bot wrote is as it wrote it: what others put into the ledger, or changed in it, `kintsugi verify` tells of. */
const isOurs = ({ record }: LedgerLine): boolean => record !== null && record.hash === hashOf(record);

export const HEALING_LAWS: readonly Law[] = [
  {
    id: 'the-ledger-is-true',
    says: 'what is called healed was proven after the remedy, budgets were kept, and steps are legal, as `kintsugi verify` has it',
    watch: ({ disk }, found) => ({
      ended: () => {
        const { findings } = checkLedger(linesIn(disk.bytes(LEDGER_FILE)).filter(isOurs), [], true);
        for (const { rule, incident, reason } of findings) found(`${rule}: ${incident ?? 'a line'}: ${reason}`);
      },
    }),
  },
  {
    id: 'what-is-told-is-in-the-ledger',
    says: 'what is told of an incident is in the ledger after ten minutes in which the disk takes it',
    watch: ({ disk, damaged }, found) => {
      let awaited = new Map<string, Told>();
      return {
        // What the disk has refused until a process dies goes with it; its successor finds it again.
        born: ({ bot }) => {
          awaited = new Map();
          bot.board.recorded.subscribe(
            ({ incident_id: id, status }) => void awaited.set(`${id} ${status}`, { id, status, looks: 0 }),
          );
        },
        looked: () => {
          if (awaited.size === 0) return;
          const isSound =
            disk.trouble === SOUND && !damaged.has(LEDGER_FILE) && disk.inode(LEDGER_FILE)?.locked === null;
          const ledger = disk.bytes(LEDGER_FILE);
          for (const [key, told] of [...awaited]) {
            if (isIn(ledger, told)) {
              awaited.delete(key);
              continue;
            }
            const looks = isSound ? told.looks + 1 : 0;
            awaited.set(key, { ...told, looks });
            if (looks === WRITTEN_WITHIN) found(`${key} was told, and is not in the ledger`);
          }
        },
      };
    },
  },
];
