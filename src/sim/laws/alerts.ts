/** Alerts: what nobody could heal is told, once while it lasts, and that it is over is told, too. */
import { ZodError } from 'zod';
import { ALERTS_STATE_FILE, outbox } from '../../actors/alert-outbox.ts';
import { ALERTS_FILE } from '../../adapters/file-alerts.ts';
import { alertsOperator } from '../../healing/health.ts';
import { type Notice, noticeKey, noticeRecord } from '../../ports/alerts.ts';
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

/** What waits for the file of alerts, as the outbox has it. */
function waitingIn(disk: SimDisk): readonly Notice[] {
  try {
    const { waiting } = outbox.parse(JSON.parse(disk.bytes(ALERTS_STATE_FILE).toString('utf8')));
    return waiting.file ?? [];
  } catch (error) {
    // One that is not there, or that nobody can read, has nothing.
    if (error instanceof SyntaxError || error instanceof ZodError) return [];
    throw error;
  }
}

const keysOf = (notices: readonly Notice[]): readonly string[] => notices.map(noticeKey);

/**
 * Where those behind others begin. By what they are: lines before them may be put back, or blanked, after they were seen, and the last
 * of them lost, where it was appended and not synced when the process died.
 */
function placeBehind(notices: readonly Notice[], seen: readonly string[]): number {
  const keys = keysOf(notices);
  const last = seen.findLast((key) => keys.includes(key));
  return last === undefined ? 0 : keys.lastIndexOf(last) + 1;
}

/**
 * The time that passed for a bot over all its lives: each believes the clock of its machine at its start, and a clock that was set
 * back between two of them takes no time away.
 */
function timeLine() {
  /** Behind these notices so much is to be added, ms. */
  const lives: { readonly behind: readonly string[]; readonly lost: number }[] = [];
  /** Of notices that an earlier life had to tell, by what they are. */
  const earlier = new Map<string, number>();
  let lost = 0;
  let ended = Number.NEGATIVE_INFINITY;
  return {
    begin: (behind: readonly string[], now: number, known: readonly Notice[]): void => {
      for (const notice of known) if (!earlier.has(noticeKey(notice))) earlier.set(noticeKey(notice), lost);
      lost += Math.max(0, ended - now);
      lives.push({ behind, lost });
    },
    end: (now: number): void => {
      ended = now;
    },
    /** When each of these notices was told, ms. */
    of: (notices: readonly Notice[]): readonly number[] => {
      const from = lives.map(({ behind, lost }) => ({ first: placeBehind(notices, behind), lost }));
      return notices.map((notice, index) => {
        const added = earlier.get(noticeKey(notice)) ?? from.findLast(({ first }) => first <= index)?.lost ?? 0;
        return notice.timestamp * 1_000 + added;
      });
    },
  };
}

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
    says: 'what goes on firing is told once in four hours, whatever becomes of the clock, by whoever could read at his start what was told before',
    watch: (scene, found) => {
      /** The notices that were there when a process started that could read none of them. */
      const unread: (readonly string[])[] = [];
      /** What waited then: it is told by whoever can read it, beside what was told by the one who could not. */
      const unreadWaiting = new Set<string>();
      const line = timeLine();
      return {
        born: ({ clock }) => {
          const { unreadable, refusing } = scene.disk.trouble;
          const [notices, waiting] = [noticesIn(scene.disk), waitingIn(scene.disk)];
          if (unreadable || refusing === 'EACCES' || refusing === 'EROFS') {
            unread.push(keysOf(notices));
            for (const key of keysOf(waiting)) unreadWaiting.add(key);
          }
          line.begin(keysOf(notices), clock.now(), [...notices, ...waiting]);
        },
        died: ({ clock }) => line.end(clock.now()),
        ended: () => {
          const last = new Map<string, Notice & { readonly at: number }>();
          const notices = isSound(scene) ? noticesIn(scene.disk) : [];
          const times = line.of(notices);
          const forgotten = new Set(unread.map((seen) => placeBehind(notices, seen)));
          for (const [index, notice] of notices.entries()) {
            if (forgotten.has(index)) last.clear();
            // That it is over ends it, whoever tells.
            if (unreadWaiting.has(noticeKey(notice)) && notice.state === 'firing') continue;
            const key = `${notice.category} ${notice.subject}`;
            const before = last.get(key);
            const at = times[index] ?? 0;
            last.set(key, { ...notice, at });
            // The same notice may be there twice: at least once is what was promised of it.
            if (notice.state === 'resolved' || before?.state !== 'firing' || notice.timestamp === before.timestamp)
              continue;
            const after = at - before.at;
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
