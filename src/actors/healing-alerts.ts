import { alertsOperator } from '../healing/health.ts';
import { type Incident, isOpen } from '../healing/incident.ts';
import type { KillSwitch } from '../healing/kill-switch.ts';
import type { Round } from '../healing/round.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';

const INCIDENT = 'INCIDENT_FAILED';
const ESCALATION = 'HEALING_ESCALATION';
const KILL_SWITCH = 'kill_switch';

/** What of the healing somebody has to know: incidents nobody healed, the kill switch, and when they are over. */
export interface HealingAlerts {
  /** An incident was given up. */
  failed(incident: Incident): void;
  /** @param known it was on for this reason before: an earlier life of the bot may have told it */
  switched(active: boolean, reason: string, known: boolean, byHand?: boolean): void;
  /** What holds again is over, also where an earlier life of the bot raised it. */
  swept(rounds: readonly Round[], kill: KillSwitch): void;
}

export function healingAlerts({ alerts, pending, log }: Pick<World, 'alerts' | 'pending' | 'log'>): HealingAlerts {
  const send = (telling: Promise<void>): void => {
    pending.track(telling).catch((error: unknown) => log.error(`an alert could not be told: ${says(error)}`));
  };
  const entriesReturn = (reason: string): void => {
    const message = `Entries are let through again: ${reason}`;
    send(alerts.resolve({ category: ESCALATION, subject: KILL_SWITCH, message, details: { reason } }));
  };
  return {
    failed: ({ id, invariant, verdict, before, attempts }) => {
      if (!alertsOperator(invariant)) return;
      send(
        alerts.raise({
          level: 'CRITICAL',
          category: INCIDENT,
          subject: invariant.id,
          message: `${invariant.component} could not be healed: ${verdict ?? before.says}`,
          details: { incident: id, evidence: before.says, remedies: attempts.map(({ remedy }) => remedy.type) },
          actionRequired: `Look at \`kintsugi incidents\`, ${id}; it is tried again by itself.`,
        }),
      );
    },
    switched: (active, reason, known, byHand) => {
      if (!active) return entriesReturn(reason);
      if (known && alerts.firing(ESCALATION).includes(KILL_SWITCH)) return;
      send(
        alerts.raise({
          level: 'CRITICAL',
          category: ESCALATION,
          subject: KILL_SWITCH,
          message: `Entries are blocked: ${reason}`,
          details: { reason },
          actionRequired: byHand
            ? 'Somebody wanted it; exits go on; entries return by `kintsugi resume`.'
            : 'Look at `kintsugi incidents`; exits go on; entries return after a quiet hour, or by `kintsugi resume`.',
        }),
      );
    },
    swept: (rounds, kill) => {
      if (!kill.active && alerts.firing(ESCALATION).includes(KILL_SWITCH)) entriesReturn('the kill switch is off');
      for (const subject of alerts.firing(INCIDENT)) {
        const incidents = rounds.flatMap((round) => round.incidents.get(subject) ?? []);
        const finding = rounds.map(({ findings }) => findings.get(subject)).find((one) => one !== undefined);
        if (incidents.some(isOpen) || finding?.holds !== true) continue;
        const message = `${subject} holds again${finding.says === '' ? '' : `: ${finding.says}`}`;
        send(alerts.resolve({ category: INCIDENT, subject, message, details: { evidence: finding.says } }));
      }
    },
  };
}
