import { HEALING_LAWS } from './healing.ts';
import type { Law } from './law.ts';
import { LOG_LAWS } from './log.ts';
import { MONEY_LAWS } from './money.ts';
import { SIGNAL_LAWS } from './signals.ts';

/** Everything that must hold. */
export const LAWS: readonly Law[] = [...LOG_LAWS, ...SIGNAL_LAWS, ...MONEY_LAWS, ...HEALING_LAWS];
