/** Healing: what is told of it can be true. */
import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { linesIn } from '../../cli/read-ledger.ts';
import { checkLedger } from '../../healing/ledger-check.ts';
import type { Law } from './law.ts';

export const HEALING_LAWS: readonly Law[] = [
  {
    id: 'the-ledger-is-true',
    says: 'what is called healed was proven after the remedy, budgets were kept, and steps are legal, as `kintsugi verify` has it',
    watch: ({ disk }, found) => ({
      ended: () => {
        const { findings } = checkLedger(linesIn(disk.bytes(LEDGER_FILE)), [], true);
        for (const { rule, incident, reason } of findings) found(`${rule}: ${incident ?? 'a line'}: ${reason}`);
      },
    }),
  },
];
