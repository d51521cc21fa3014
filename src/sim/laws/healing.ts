/** Healing: what is told of it can be true. */
import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { linesIn } from '../../cli/read-ledger.ts';
import { hashOf } from '../../healing/chain.ts';
import type { LedgerLine } from '../../healing/chain-check.ts';
import { checkLedger } from '../../healing/ledger-check.ts';
import { SOUND } from '../disk-trouble.ts';
import type { Law } from './law.ts';
import { readOnce } from './read-once.ts';

/** What is told of healing is in its ledger by then, where that takes it: looks of the laws, ten minutes of them. */
const WRITTEN_WITHIN = 60;

const textOf = readOnce((bytes) => bytes.toString('utf8'));

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
      let awaited = new Map<string, number>();
      const keyOf = (id: string, status: string): string => `"incident_id":"${id}"[^\n]*"status":"${status}"`;
      return {
        // What the disk has refused until a process dies goes with it; its successor finds it again.
        born: ({ bot }) => {
          awaited = new Map();
          bot.board.recorded.subscribe(({ incident_id, status }) => void awaited.set(keyOf(incident_id, status), 0));
        },
        looked: () => {
          if (awaited.size === 0) return;
          const isSound =
            disk.trouble === SOUND && !damaged.has(LEDGER_FILE) && disk.inode(LEDGER_FILE)?.locked === null;
          const text = textOf(disk.inode(LEDGER_FILE)) ?? '';
          for (const [key, looks] of [...awaited]) {
            if (new RegExp(key).test(text)) awaited.delete(key);
            else awaited.set(key, isSound ? looks + 1 : 0);
            if (looks + 1 !== WRITTEN_WITHIN || !isSound || !awaited.has(key)) continue;
            found(`${key} was told, and is not in the ledger`);
          }
        },
      };
    },
  },
];
