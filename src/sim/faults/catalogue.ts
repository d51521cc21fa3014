import type { FaultKind } from '../fault-kinds.ts';
import { ACTOR_FAULTS } from './actors.ts';
import { DISK_FAULTS } from './disk.ts';
import type { FaultRule } from './fault.ts';
import { FILE_FAULTS } from './files.ts';
import { MARKET_FAULTS } from './market.ts';
import { MESSAGE_FAULTS } from './messages.ts';
import { ORDER_FAULTS } from './orders.ts';
import { PROCESS_FAULTS } from './processes.ts';

/** All faults there are. */
export const FAULTS: readonly FaultRule[] = [
  ...PROCESS_FAULTS,
  ...ACTOR_FAULTS,
  ...MESSAGE_FAULTS,
  ...FILE_FAULTS,
  ...DISK_FAULTS,
  ...MARKET_FAULTS,
  ...ORDER_FAULTS,
];

const byKind = new Map(FAULTS.map((rule) => [rule.kind, rule]));

/** Throws where a script names a kind that there is no rule of. */
export function faultOf(kind: FaultKind): FaultRule {
  const rule = byKind.get(kind);
  if (!rule) throw new Error(`there is no fault of the kind ${kind}; known are ${[...byKind.keys()].join(', ')}`);
  return rule;
}
