import { AGE_LAWS } from './ages.ts';
import { ALERT_LAWS } from './alerts.ts';
import { CAUSE_LAWS } from './causes.ts';
import { ENDING_LAWS } from './endings.ts';
import { FAR_AWAY_LAWS } from './far-away.ts';
import { HEALING_LAWS } from './healing.ts';
import { INTENT_LAWS } from './intents.ts';
import { KILL_SWITCH_LAWS } from './kill-switch.ts';
import type { Law } from './law.ts';
import { LESSON_LAWS } from './lessons.ts';
import { LINE_LAWS } from './lines.ts';
import { LOG_LAWS } from './log.ts';
import { MONEY_LAWS } from './money.ts';
import { ORDER_LAWS } from './orders.ts';
import { OWN_STOP_LAWS } from './own-stops.ts';
import { OWNER_LAWS } from './owners.ts';
import { PROMPT_FILL_LAWS } from './prompt-fills.ts';
import { RECORD_LAWS } from './records.ts';
import { SIGNAL_LAWS } from './signals.ts';
import { STOP_LAWS } from './stops.ts';
import { TRUTH_LAWS } from './truth.ts';

/** Everything that must hold. */
export const LAWS: readonly Law[] = [
  ...LOG_LAWS,
  ...LINE_LAWS,
  ...RECORD_LAWS,
  ...SIGNAL_LAWS,
  ...AGE_LAWS,
  ...ENDING_LAWS,
  ...LESSON_LAWS,
  ...MONEY_LAWS,
  ...ORDER_LAWS,
  ...INTENT_LAWS,
  ...PROMPT_FILL_LAWS,
  ...STOP_LAWS,
  ...OWN_STOP_LAWS,
  ...HEALING_LAWS,
  ...CAUSE_LAWS,
  ...KILL_SWITCH_LAWS,
  ...ALERT_LAWS,
  ...FAR_AWAY_LAWS,
  ...OWNER_LAWS,
  ...TRUTH_LAWS,
];
