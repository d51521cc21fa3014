import { ALERT_BUGS } from './alert-bugs.ts';
import type { PlantedBug } from './bug.ts';
import { FILE_BUGS } from './file-bugs.ts';
import { HEALING_BUGS } from './healing-bugs.ts';
import { LOG_BUGS } from './log-bugs.ts';
import { RECOVERY_BUGS } from './recovery-bugs.ts';
import { TRADING_BUGS } from './trading-bugs.ts';

/** Every bug the simulator has to catch. */
export const BUGS: readonly PlantedBug[] = [
  ...LOG_BUGS,
  ...HEALING_BUGS,
  ...RECOVERY_BUGS,
  ...TRADING_BUGS,
  ...ALERT_BUGS,
  ...FILE_BUGS,
];
