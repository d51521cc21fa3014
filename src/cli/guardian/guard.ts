import { createActor, type SnapshotFrom } from 'xstate';
import { appendLine } from '../../adapters/append-line.ts';
import { type GuardedProcess, type Program, startGuarded } from '../../adapters/guarded-process.ts';
import { processChance } from '../../adapters/process-chance.ts';
import { processTime } from '../../adapters/process-time.ts';
import { systemd } from '../../adapters/systemd-notify.ts';
import { type Ending, type GuardianPolicy, guardian } from '../../healing/guardian.ts';
import { says } from '../../ports/says.ts';
import { sayDuration } from '../duration.ts';
import { onStopPresses } from '../presses.ts';
import { ProgressLine, style, tell } from '../terminal.ts';
import { GUARDIAN_FILE, raiseCrashLoop, raiseOutage, restartRecord } from './records.ts';
import { exitCodeOf, sayEnding } from './words.ts';

export interface GuardOptions {
  /** The bot's directory, absolute. */
  readonly dir: string;
  /** What is started; asked before every start, with how long the guardian has been up, ms. */
  readonly program: (upMs: number) => Program;
  readonly policy: GuardianPolicy;
  /** Sends word to people far away that the bot is down; what goes wrong is told by `word`. Resolves with whether all of it arrived. */
  readonly tellAfar: (word: (text: string) => void) => Promise<boolean>;
}

/** A start that does not reach the exchange has ended after this time, ms. */
const START_TAKES_MS = 900_000;

type Snapshot = SnapshotFrom<ReturnType<typeof guardian>>;

/** In a word for `systemctl status`. */
function statusOf(snapshot: Snapshot, pid: number | null): string {
  const { restartCount, waitMs, outages } = snapshot.context;
  const restarts = restartCount === 0 ? '' : `, restarted ${restartCount === 1 ? 'once' : `${restartCount} times`}`;
  if (snapshot.matches('telling')) return `the exchange cannot be reached, and the bot is down${restarts}`;
  if (snapshot.matches('waiting') && outages > 0)
    return `the exchange cannot be reached; the bot starts again in ${sayDuration(waitMs)}${restarts}`;
  if (snapshot.matches('waiting')) return `the bot is down and starts again in ${sayDuration(waitMs)}${restarts}`;
  if (snapshot.matches('killing')) return `the bot hangs and is ended by force${restarts}`;
  if (snapshot.matches('stopping')) return 'the bot is stopping';
  if (snapshot.matches({ watching: { healer: 'unborn' } })) return `the bot starts as process ${pid}${restarts}`;
  if (snapshot.matches({ watching: { pulse: 'faint' } })) return `the bot gives no sign of life${restarts}`;
  if (snapshot.matches({ watching: { healer: 'late' } })) return `the bot's healer is late${restarts}`;
  return `the bot runs as process ${pid}${restarts}`;
}

/** The bot is down because what it needs is, and not for want of starts. */
const isOutage = (snapshot: Snapshot): boolean =>
  snapshot.context.outages > 0 && (snapshot.matches('telling') || snapshot.matches('waiting'));

/** Whether the bot proves, at this moment, that it lives and heals; or there is nothing that a new guardian would do better. */
const isBelieved = (snapshot: Snapshot): boolean =>
  isOutage(snapshot) ||
  (snapshot.matches({ watching: { pulse: 'beating' } }) && !snapshot.matches({ watching: { healer: 'late' } }));

/**
 * Keeps a bot alive in a process of its own, until it ends as it should, is stopped, or crashes too often. One that cannot reach the
 * exchange is started until it can.
 * @returns the exit code
 */
export async function guard({ dir, program, policy, tellAfar }: GuardOptions): Promise<number> {
  const time = processTime();
  const upMs = (): number => time.uptimeSeconds() * 1_000;
  const line = new ProgressLine();
  const word = (text: string): void => {
    // The bot may have died in the middle of its progress line.
    line.show('');
    tell(`${style('bold', 'guardian', process.stderr)}  ${text}`);
  };
  const noted = (what: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      word(`${what} could not be written: ${says(error)}`);
    }
  };
  let child: GuardedProcess | null = null;
  let bornAtMs = 0;
  let gaveUp = false;
  const life = () => ({ pid: child?.pid ?? null, uptimeMs: upMs() - bornAtMs });
  const tellAll = (): Promise<boolean> =>
    tellAfar(word).catch((error: unknown) => {
      word(`nobody far away was told: ${says(error)}`);
      return false;
    });
  const bot = (): string => (child?.pid ? `the bot (process ${child.pid})` : 'the bot');

  const machine = guardian(policy, { now: upMs, chance: processChance }).provide({
    actions: {
      start: (_, { after, restart }: { after: Ending | null; restart: number }) => {
        const born = after && `restart ${restart}: ${bot()} ${sayEnding(after)}`;
        bornAtMs = upMs();
        child = startGuarded(program(upMs()), born, {
          beat: ({ leaving, ...beat }) => {
            if (leaving) actor.send({ type: 'LEAVING' });
            actor.send({ type: 'BEAT', ...beat });
          },
          exited: (code, signal, error) => {
            if (error) word(`the bot could not be started: ${error.message}`);
            actor.send({ type: 'EXITED', code, signal });
          },
        });
      },
      kill: () => child?.kill(),
      ask: (_, ask: { signal: string; presses: number }) => child?.ask(ask),
      tellRestart: (_, { end, waitMs, restart }: { end: Ending; waitMs: number; restart: number }) => {
        const { most, withinMs } = policy.restarts;
        const how = `${bot()} ${sayEnding(end)}`;
        const isOutage = end.code !== null && policy.outageCodes.includes(end.code);
        const budget = `restart ${restart}; ${isOutage ? 'as often as it takes' : `at most ${most} in ${sayDuration(withinMs)}`}`;
        word(style('yellow', `${how}. It starts again in ${sayDuration(waitMs)} (${budget})`, process.stderr));
        const record = restartRecord({ event: 'restart', end, ...life(), restart, waitMs }, time.present());
        noted(GUARDIAN_FILE, () => appendLine(dir, GUARDIAN_FILE, record));
      },
      tellOutage: (_, { outages, ...about }: { end: Ending; outages: number; waitMs: number; restart: number }) => {
        if (outages === 1) {
          const message = `${bot()} ${sayEnding(about.end)}: it is down until it can, and is started again and again`;
          const record = restartRecord({ event: 'restart', ...about, ...life() }, time.present());
          noted('the alert', () => raiseOutage(dir, message, record, time.present()));
        }
        void tellAll().then((delivered) => {
          if (actor.getSnapshot().status === 'active') actor.send({ type: 'TOLD', delivered });
        });
      },
      tellGaveUp: (_, { end, restarts }: { end: Ending; restarts: number }) => {
        gaveUp = true;
        const how = `${bot()} ${sayEnding(end)}`;
        const often = `${restarts} restarts within ${sayDuration(policy.restarts.withinMs)}`;
        const says = `${how}, and ${often} did not help: the bot stays down`;
        word(
          style(
            'red',
            `✖ red  ${says}. Look at logs/bot_out.log and ${GUARDIAN_FILE}, then start it again`,
            process.stderr,
          ),
        );
        const record = restartRecord(
          { event: 'gave_up', end, ...life(), restart: restarts, waitMs: null },
          time.present(),
        );
        noted(GUARDIAN_FILE, () => appendLine(dir, GUARDIAN_FILE, record));
        noted('the alert', () => raiseCrashLoop(dir, says, record, time.present()));
      },
    },
  });
  const actor = createActor(machine);

  const service = systemd(word);
  const told = { ready: false, stopping: false, status: '' };
  const report = (snapshot: Snapshot): void => {
    if (service === null) return;
    const words: string[] = [];
    if (!told.ready && snapshot.context.everReady) words.push('READY=1');
    told.ready ||= snapshot.context.everReady;
    const stops = snapshot.status === 'done' || snapshot.matches('stopping');
    if (!told.stopping && stops) words.push('STOPPING=1');
    told.stopping ||= stops;
    const status = statusOf(snapshot, child?.pid ?? null);
    if (status !== told.status && snapshot.status === 'active') words.push(`STATUS=${status}`);
    told.status = status;
    // systemd waits for READY only so long, and has to be asked for more before that is over.
    if (!told.ready && isOutage(snapshot))
      words.push(`EXTEND_TIMEOUT_USEC=${(snapshot.context.waitMs + START_TAKES_MS) * 1_000}`);
    if (words.length > 0) service.say(...words);
  };
  // Three times as often as it must be: one that comes late is no reason to end anybody.
  const dog = service?.watchdogMs
    ? time.every(service.watchdogMs / 3, () => {
        if (isBelieved(actor.getSnapshot())) service.alive();
      })
    : null;

  const deaf = onStopPresses(time, (signal) => actor.send({ type: 'ASKED', signal }));
  const over = new Promise<number>((resolve, reject) => {
    actor.subscribe({
      next: report,
      error: reject,
      complete: () => {
        const { output } = actor.getSnapshot();
        if (!output) return;
        const { end } = output;
        // An end by force or by accident after it was to stop: nothing else tells of it.
        if (end !== null && end.code === null && !output.gaveUp) word(`${bot()} ${sayEnding(end)}`);
        resolve(exitCodeOf(output));
      },
    });
  });
  actor.start();
  try {
    const code = await over;
    if (gaveUp) await tellAll();
    return code;
  } finally {
    deaf();
    dog?.();
    await service?.settled();
  }
}
