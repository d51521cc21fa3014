import type { FleetLaw } from './fleet-law.ts';
import { ORDER_LAWS } from './orders.ts';
import { OWNERSHIP_LAWS } from './ownership.ts';
import { RECORD_LAWS } from './records.ts';
import { REST_LAWS } from './rest.ts';

/** Everything that must hold of a fleet. */
export const FLEET_LAWS: readonly FleetLaw[] = [...OWNERSHIP_LAWS, ...RECORD_LAWS, ...ORDER_LAWS, ...REST_LAWS];
