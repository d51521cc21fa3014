/** Healing: what is told of it can be true. */
import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { linesIn } from '../../cli/read-ledger.ts';
import { hashOf } from '../../healing/chain.ts';
import type { LedgerLine } from '../../healing/chain-check.ts';
import { checkLedger } from '../../healing/ledger-check.ts';
import type { Law } from './law.ts';

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
];
