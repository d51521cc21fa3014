/** Alerts: what nobody could heal is told, once while it lasts, and that it is over is told, too. */
import { ALERTS_FILE } from '../../adapters/file-alerts.ts';
import { alertsOperator } from '../../healing/health.ts';
import { type Notice, noticeRecord } from '../../ports/alerts.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law, Scene } from './law.ts';

/** Of what was given up. */
const FAILED = 'INCIDENT_FAILED';
/** A disk that refuses, and a process that waits for it, have let a notice through by then: looks of the laws, ten minutes of them. */
const TOLD_WITHIN = 60;
/** What goes on is told again after this long, ms. */
const REPEATED_AFTER_MS = 4 * 3_600_000;
/** A healer looks at every alert that fires at every sweep: three minutes. */
const OVER_WITHIN = 18;

export function noticesIn(disk: SimDisk): readonly Notice[] {
  const notices: Notice[] = [];
  for (const line of disk.bytes(ALERTS_FILE).toString('utf8').split('\n')) {
    if (line.trim() === '') continue;
    try {
      const parsed = noticeRecord.safeParse(JSON.parse(line));
      if (parsed.success) notices.push(parsed.data);
    } catch (error) {
      // A line torn by a crash is no notice.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return notices;
}

const isSound = ({ damaged }: Scene): boolean => !damaged.has(ALERTS_FILE);

interface GivenUp {
  readonly invariant: string;
  readonly at: number;
  readonly look: number;
}

/** Somebody knows of it: it was firing when it was given up, or was told afterwards. */
function isTold(notices: readonly Notice[], { invariant, at }: GivenUp): boolean {
  let fires = false;
  for (const { category, subject, state, timestamp } of notices) {
    if (category !== FAILED || subject !== invariant) continue;
    if (timestamp * 1_000 >= at && (fires || state === 'firing')) return true;
    fires = state === 'firing';
  }
  return fires;
}

export const ALERT_LAWS: readonly Law[] = [
  {
    id: 'what-is-given-up-is-told',
    says: 'ten minutes after a critical incident was given up, somebody has been told',
    watch: (scene, found) => {
      let waiting: GivenUp[] = [];
      let looks = 0;
      return {
        born: (life) => {
          // What a dead process had to tell, its successor finds by itself.
          waiting = [];
          life.bot.board.recorded.subscribe(({ invariant, status, severity }) => {
            if (status === 'failed' && alertsOperator({ severity }))
              waiting.push({ invariant, at: life.clock.now(), look: looks });
          });
        },
        looked: () => {
          looks++;
          // Whoever cannot be reached is told when he can be: what the disk refuses waits for that.
          if (scene.pager.isGone) waiting = waiting.map((one) => ({ ...one, look: looks }));
          const due = waiting.filter(({ look }) => looks - look >= TOLD_WITHIN);
          if (due.length === 0) return;
          waiting = waiting.filter((one) => !due.includes(one));
          const notices = noticesIn(scene.disk);
          for (const one of due)
            if (isSound(scene) && !isTold(notices, one) && !isTold(scene.pager.notices, one))
              found(`${one.invariant} was given up, and nobody was told`);
        },
      };
    },
  },
  {
    id: 'told-once',
    says: 'what goes on firing is told once in four hours, by whoever could read at his start what was told before',
    watch: (scene, found) => {
      /** Notices that were there when a process started that could read none of them. */
      const unread = new Set<number>();
      return {
        born: () => {
          const { unreadable, refusing } = scene.disk.trouble;
          if (unreadable || refusing === 'EACCES') unread.add(noticesIn(scene.disk).length);
        },
        ended: () => {
          const last = new Map<string, Notice>();
          for (const [index, notice] of (isSound(scene) ? noticesIn(scene.disk) : []).entries()) {
            if (unread.has(index)) last.clear();
            const key = `${notice.category} ${notice.subject}`;
            const before = last.get(key);
            last.set(key, notice);
            // The same notice may be there twice: at least once is what was promised of it.
            if (notice.state === 'resolved' || before?.state !== 'firing' || notice.timestamp === before.timestamp)
              continue;
            const after = (notice.timestamp - before.timestamp) * 1_000;
            if (after < REPEATED_AFTER_MS && notice.level === before.level)
              found(`${key} was told again after ${Math.round(after / 1_000)} s, and was not over`);
          }
        },
      };
    },
  },
  {
    id: 'what-is-over-is-told',
    says: 'at rest no alert fires of something that holds',
    watch: (scene, found) => {
      const wellSince = new Map<string, number>();
      let looks = 0;
      return {
        born: () => wellSince.clear(),
        looked: ({ bot }) => {
          looks++;
          const open = new Set(bot.board.openIncidents().map(({ invariant }) => invariant.id));
          for (const [id, { holds }] of bot.board.findings()) {
            if (holds !== true || open.has(id)) wellSince.delete(id);
            else if (!wellSince.has(id)) wellSince.set(id, looks);
          }
        },
        ended: () => {
          const fires = new Set<string>();
          for (const { category, subject, state } of isSound(scene) ? noticesIn(scene.disk) : []) {
            if (category !== FAILED) continue;
            if (state === 'firing') fires.add(subject);
            else fires.delete(subject);
          }
          for (const subject of fires)
            if (looks - (wellSince.get(subject) ?? looks) >= OVER_WITHIN)
              found(`${subject} holds, and its alert still fires`);
        },
      };
    },
  },
];
