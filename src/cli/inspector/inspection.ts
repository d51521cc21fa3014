import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { serveInspector } from '../../adapters/http/serve.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import { forgetToken, INSPECTOR_TOKEN_FILE, keptToken } from '../../adapters/request-token.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import type { Command, CommandAnswer } from '../../inspector/contract.ts';
import { flightRecorder } from '../../inspector/flight-recorder.ts';
import { createRecorder, type Recorder } from '../../inspector/recorder.ts';
import { signalLifecycle } from '../../machines/signal-lifecycle.ts';
import type { World } from '../../ports/world.ts';
import { actorStanding } from './actor-standing.ts';
import { commander, commandsOf } from './commands.ts';
import type { Inspected } from './inspected.ts';
import { incidentsIn, LiveLedger } from './live-ledger.ts';
import { liveSource } from './live-source.ts';
import { livenessOf } from './liveness.ts';
import { PAGE_FOLDER } from './page-folder.ts';
import { lastPort, notePort } from './port-file.ts';
import { openRecords } from './records/reader.ts';
import { addressWith, portsFor, serveAt } from './serve-at.ts';
import type { InspectorWish } from './wish.ts';

export interface Inspection {
  /** For the root actor. Never throws. */
  readonly inspect: Recorder['inspect'];
  /** Without the token; `null` while nothing is served. */
  readonly url: string | null;
  /** For the owner: with the token. */
  readonly address: string | null;
  /** Does what the page could ask for; `null` before it is served. */
  readonly command: ((command: Command) => Promise<CommandAnswer>) | null;
  /**
   * Begins to serve. Rejects with `CannotServe`.
   * @param isReborn a guardian brought the bot back: its page is to be had where it was
   */
  serve(inspected: Inspected, isReborn: boolean): Promise<void>;
  /** Takes leave of who watches. @param isClean the bot has stopped as it was told, and the token opens nothing any more */
  close(reason: string, isClean: boolean): Promise<void>;
}

export interface InspectionParts {
  readonly dir: string;
  readonly clock: World['clock'];
  readonly log: World['log'];
  readonly redactor: Redactor;
}

/** The inspector of one bot: it records from before the first actor starts, and serves when there is a bot to tell of. */
export function openInspection(wish: InspectorWish, { dir, clock, log, redactor }: InspectionParts): Inspection {
  const time = processTime();
  const standing = actorStanding(() => time.present());
  const timer = wallClock({ keepsAlive: false });
  const redact = <T>(value: T): T => redactor.value(value);
  const recorder = createRecorder({
    now: () => clock.now(),
    redact,
    timer,
    about: standing.about,
    machines: [signalLifecycle],
    failed: (words) => log.error(`[inspector] ${words}`),
  });
  let farewell = '';
  const closing: (() => Promise<void> | void)[] = [];
  const place: Pick<Inspection, 'url' | 'address' | 'command'> = { url: null, address: null, command: null };
  const records = openRecords(dir);

  const serve = async (inspected: Inspected, isReborn: boolean): Promise<void> => {
    const { bot, world, speed, feedKind, isPaper, breakable, status, proof } = inspected;
    standing.know(bot, status);
    const faults =
      breakable === null
        ? []
        : (await import('./faults.ts')).faultsFor({ root: dir, mailboxes: bot.mailboxes, feed: breakable });
    const commanded = { bot, world, faults, isPaper, by: `${userInfo().username} (inspector)` };
    const source = liveSource({
      name: basename(dir),
      dir,
      bot,
      world,
      speed: speed === 'max' ? null : speed,
      feedKind,
      isPaper,
      recorder,
      ledger: new LiveLedger(incidentsIn(dir), bot.board, () => clock.now()),
      records,
      status,
      liveness: livenessOf(bot, world, proof, status),
      faults,
      commands: commandsOf(commanded),
      command: commander(commanded),
      quickly: time.every,
      failed: (error) => log.error(`[inspector] the page cannot be told how it is: ${String(error)}`),
    });
    const token = keptToken(dir, INSPECTOR_TOKEN_FILE);
    const before = isReborn ? await lastPort(world.files) : null;
    const { host, origin = null, stately } = wish;
    const server = await serveAt(portsFor(wish, before), (port) =>
      serveInspector({
        ...{ source, host, origin, port, token, page: PAGE_FOLDER, redactor, log },
        ...(stately ? { stately, inspection: recorder.tap } : {}),
      }),
    );
    const flight = flightRecorder({
      source: recorder,
      files: world.files,
      now: () => clock.now(),
      timer,
      redact,
      log,
    });
    closing.push(
      () => flight.close(),
      () => records.close(),
      () => server.close(farewell),
    );
    await notePort(world.files, server.port);
    Object.assign(place, { url: server.url, address: addressWith(server.url, token), command: source.command });
    log.info(`[inspector] the page is at ${server.url}`);
  };

  return {
    inspect: recorder.inspect,
    get url() {
      return place.url;
    },
    get address() {
      return place.address;
    },
    get command() {
      return place.command;
    },
    serve,
    close: async (reason, isClean) => {
      farewell = reason;
      Object.assign(place, { url: null });
      try {
        for (const close of closing.reverse()) await close();
        if (isClean) forgetToken(dir, INSPECTOR_TOKEN_FILE);
      } catch (error) {
        // The bot stops as it was told: its lock and its log are still to be given back.
        log.error(`[inspector] it could not be closed: ${String(error)}`);
      }
    },
  };
}
