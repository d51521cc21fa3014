/** The kill switch: what nobody heals trips it, it blocks entries, and only a quiet hour ends it. */
import type { AnyEventObject } from 'xstate';
import { ESCALATION_FILE } from '../../actors/healing-operator.ts';
import { blocksEntries } from '../../healing/health.ts';
import { escalationState, QUIET_HOUR_MS } from '../../healing/kill-switch.ts';
import { SOUND } from '../disk-trouble.ts';
import type { Life } from '../life.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law } from './law.ts';
import { readOnce } from './read-once.ts';

/** Two sweeps: what is shorter no sweep may have seen, ms. */
const SWEPT_MS = 120_000;
/** The same as looks of the laws. */
const LOOKS = 12;
/** Five minutes of looks. */
const KEPT_WITHIN = 30;

/** Is entry blocked by it, as the safety layer has it? `null` while that does not run. */
function switchOf({ bot }: Life): boolean | null {
  const snapshot = bot.mailboxes.ref('safetyLayer')?.getSnapshot();
  if (snapshot?.status !== 'active' || !snapshot.hasTag('open')) return null;
  return snapshot.context.killSwitch.active;
}

/** A person has let entries in again: whatever the switch was on for, it is off. The operator gives another reason for a quiet hour. */
const isResumed = (actor: string, event: AnyEventObject): boolean =>
  actor === 'healingOperator' && event.type === 'RESET' && String(event.reason).includes(' resumed: ');

/** It takes no mail: it lets nobody in, whatever it last heard of the switch. */
function isDeaf({ bot }: Life): boolean {
  const { unprocessedSince, held } = bot.mailboxes.progress('safetyLayer');
  return unprocessedSince !== null || held > 0;
}

const saysOn = readOnce((bytes): boolean => {
  try {
    const parsed = escalationState.safeParse(JSON.parse(bytes.toString('utf8')));
    return parsed.success && parsed.data.soft_kill_switch_active;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
});

const isOnDisk = (disk: SimDisk): boolean => saysOn(disk.inode(ESCALATION_FILE)) === true;

export const KILL_SWITCH_LAWS: readonly Law[] = [
  {
    id: 'kill-switch-blocks-entries',
    says: 'no entry leaves while the kill switch is on',
    watch: (_, found) => {
      let present: Life | null = null;
      return {
        born: (life) => {
          present = life;
        },
        sent: ({ intent: { purpose, clientOrderId } }) => {
          if (purpose === 'entry' && present && switchOf(present) === true)
            found(`${clientOrderId} left while the kill switch was on`);
        },
      };
    },
  },
  {
    id: 'kill-switch-outlives-the-process',
    says: 'a kill switch that was on when the bot ended is on for the first hour of the next, unless a person resumes',
    watch: ({ disk }, found) => {
      let onUntil = Number.NEGATIVE_INFINITY;
      return {
        born: ({ clock }) => {
          onUntil = isOnDisk(disk) ? clock.now() + QUIET_HOUR_MS - SWEPT_MS : Number.NEGATIVE_INFINITY;
        },
        took: (actor, event) => {
          if (isResumed(actor, event)) onUntil = Number.NEGATIVE_INFINITY;
        },
        looked: (life) => {
          if (life.clock.now() >= onUntil || switchOf(life) !== false) return;
          onUntil = Number.NEGATIVE_INFINITY;
          found('the kill switch was on when the bot ended, and entries are open after its start');
        },
      };
    },
  },
  {
    id: 'kill-switch-is-kept',
    says: 'a kill switch that has been on for five minutes is on the disk, unless that refuses it',
    watch: ({ disk }, found) => {
      let looks = 0;
      return {
        born: () => {
          looks = 0;
        },
        looked: (life) => {
          const couldBe = disk.trouble === SOUND && (disk.inode(ESCALATION_FILE)?.locked ?? null) === null;
          looks = couldBe && switchOf(life) === true && !isOnDisk(disk) ? looks + 1 : 0;
          if (looks < KEPT_WITHIN) return;
          looks = 0;
          found('the kill switch has been on for five minutes, and the disk does not say so');
        },
      };
    },
  },
  {
    id: 'kill-switch-wants-quiet',
    says: 'the kill switch goes off after an hour without an open incident, not before, unless a person resumes',
    watch: (_, found) => {
      let wasOn = false;
      /** By a person; the safety layer may be told later. */
      let isLetIn = false;
      let openSince: number | null = null;
      let troubleAt = Number.NEGATIVE_INFINITY;
      return {
        born: () => {
          wasOn = false;
          isLetIn = false;
          openSince = null;
          troubleAt = Number.NEGATIVE_INFINITY;
        },
        took: (actor, event) => {
          if (isResumed(actor, event)) isLetIn = true;
        },
        looked: (life) => {
          const now = life.clock.now();
          openSince = life.bot.board.openIncidents().length > 0 ? (openSince ?? now) : null;
          if (openSince !== null && now - openSince >= SWEPT_MS) troubleAt = now;
          const isOn = switchOf(life);
          if (isOn === null) return;
          if (wasOn && !isOn && !isLetIn && now - troubleAt < QUIET_HOUR_MS - SWEPT_MS)
            found(`the kill switch went off ${Math.round((now - troubleAt) / 1_000)} s after an incident was open`);
          wasOn = isOn;
          isLetIn &&= isOn;
        },
      };
    },
  },
  {
    id: 'what-is-given-up-blocks-entries',
    says: 'two minutes after an incident was given up that blocks entries, the kill switch is on, unless a person resumed since',
    watch: (_, found) => {
      let waiting: { readonly invariant: string; readonly look: number }[] = [];
      let looks = 0;
      return {
        born: (life) => {
          waiting = [];
          life.bot.board.recorded.subscribe(({ invariant, status, severity }) => {
            if (status === 'failed' && blocksEntries({ severity })) waiting.push({ invariant, look: looks });
          });
        },
        took: (actor, event) => {
          if (isResumed(actor, event)) waiting = [];
        },
        looked: (life) => {
          looks++;
          const due = waiting.filter(({ look }) => looks - look >= LOOKS);
          const isOn = switchOf(life);
          if (due.length === 0 || isOn === null || isDeaf(life)) return;
          waiting = waiting.filter((one) => !due.includes(one));
          if (!isOn) found(`${due[0]?.invariant} was given up, and entries are not blocked`);
        },
      };
    },
  },
];
