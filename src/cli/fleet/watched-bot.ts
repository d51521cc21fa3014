/** What is inside a partition's bot, for who looks: made when somebody does, and taken away when nobody does any more. */
import { join } from 'node:path';
import { tapOf } from '../../adapters/http/inspection.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import { scratchFolder } from '../../adapters/scratch-folder.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import type { Overview, StreamEvent } from '../../inspector/contract.ts';
import { flightRecorder } from '../../inspector/flight-recorder.ts';
import { createRecorder } from '../../inspector/recorder.ts';
import type { InspectorSource } from '../../inspector/source.ts';
import { signalLifecycle } from '../../machines/signal-lifecycle.ts';
import { actorStanding } from '../inspector/actor-standing.ts';
import { commander, commandsOf } from '../inspector/commands.ts';
import type { Inspected } from '../inspector/inspected.ts';
import { LiveLedger } from '../inspector/live-ledger.ts';
import { liveSource } from '../inspector/live-source.ts';
import { livenessOf } from '../inspector/liveness.ts';
import { openRecords } from '../inspector/records/reader.ts';

export interface WatchedParts {
  readonly inspected: Inspected;
  readonly hosted: NonNullable<Overview['hosted']>;
  /** The partition's own directory of this process: its log is there. */
  readonly dir: string;
  readonly url: string;
  readonly answerMs: number;
  readonly redactor: Redactor;
  /** Who asks for something, for ledger and log. */
  readonly by: string;
}

export interface WatchedBot {
  readonly source: InspectorSource;
  /** How many follow it. */
  readonly followers: number;
  /** Takes leave of who follows, with why, and leaves nothing behind. */
  close(reason: string): Promise<void>;
}

/** Resolves when its records have been read for the first time. Rejects with `WorkerFault`, and with what the store says. */
export async function watchBot(parts: WatchedParts): Promise<WatchedBot> {
  const { inspected, hosted, dir, url, answerMs, redactor, by } = parts;
  const { bot, world, speed, feedKind, isPaper, status, proof } = inspected;
  const { clock, log } = world;
  const time = processTime();
  const timer = wallClock({ keepsAlive: false });
  const redact = <T>(value: T): T => redactor.value(value);
  const standing = actorStanding(() => time.present());
  standing.know(bot, status);
  const recorder = createRecorder({
    ...{ now: () => clock.now(), redact, timer, about: standing.about, machines: [signalLifecycle] },
    failed: (words) => log.error(`[inspector] ${words}`),
  });
  const copy = join(dir, 'run', 'watched');
  const removeCopy = scratchFolder(copy);
  const records = openRecords(copy, { stored: { url, partition: hosted.partition, answerMs }, logDir: dir });
  const ledger = new LiveLedger([], bot.board, () => clock.now());
  const unread = async (): Promise<void> => {
    ledger.close();
    await records.close();
    removeCopy();
  };
  try {
    ledger.precede(await records.ledger());
  } catch (error) {
    await unread();
    throw error;
  }

  // From here on every event of this bot costs something, until nobody looks any more.
  const tap = tapOf(bot.root);
  const endTap = tap.subscribe(recorder.inspect);
  for (const actorRef of tap.living?.() ?? []) recorder.inspect({ type: '@xstate.actor', actorRef });
  const flight = flightRecorder({
    ...{ source: recorder, files: nodeFiles(copy, { durability: 'written', watched: false }) },
    ...{ now: () => clock.now(), timer, redact, log },
  });

  const commanded = { bot, world, faults: [], isPaper, by };
  const inner = liveSource({
    ...{ name: hosted.partition, dir, bot, world, feedKind, isPaper, recorder, ledger, records, status },
    speed: speed === 'max' ? null : speed,
    liveness: livenessOf(bot, world, proof, status),
    faults: [],
    commands: commandsOf(commanded),
    command: commander(commanded),
    quickly: time.every,
    failed: (error) => log.error(`[inspector] the page cannot be told how it is: ${String(error)}`),
  });
  const ours = (overview: Overview): Overview => ({ ...overview, hosted });
  /** Who follows, and how that ends. */
  const listeners = new Map<(event: StreamEvent) => void, () => void>();
  let end: (reason: string) => void = () => undefined;
  const over = new Promise<string>((resolve) => {
    end = resolve;
  });

  const source: InspectorSource = {
    ...inner,
    over,
    overview: () => ours(inner.overview()),
    follow: (listener) => {
      const unfollow = inner.follow((event) =>
        listener('overview' in event ? { ...event, overview: ours(event.overview) } : event),
      );
      listeners.set(listener, unfollow);
      return () => {
        listeners.delete(listener);
        unfollow();
      };
    },
  };
  let closing: Promise<void> | null = null;
  const close = async (reason: string): Promise<void> => {
    end(reason);
    for (const [listener, unfollow] of listeners) {
      // Nothing comes after it.
      unfollow();
      listener({ type: 'bye', reason });
    }
    listeners.clear();
    endTap();
    await flight.close();
    await unread();
  };
  return {
    source,
    get followers() {
      return listeners.size;
    },
    close: (reason) => {
      closing ??= close(reason);
      return closing;
    },
  };
}
