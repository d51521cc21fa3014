/**
 * The inspector for any XState v5 app: `createActor(machine, { inspect: createInspector().inspect })`. Nothing leaves the
 * machine: it serves a page on loopback.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isLoopback } from '../adapters/http/allow.ts';
import { serveInspector } from '../adapters/http/serve.ts';
import { Redactor } from '../adapters/redactor.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import { type AppSource, appSource } from './app-source.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { StepList } from './step-list.ts';

export interface CreateInspectorOptions {
  /** 7071, if not given; 0: one that is free. */
  readonly port?: number;
  /** `127.0.0.1`, if not given. Whoever asks from elsewhere needs the token that is in {@link Inspector.ready}'s address. */
  readonly host?: string;
  /**
   * Where a proxy with TLS before it has it, as `https://inspect.example.org`; nowhere, if not given. That name is answered to, its pages
   * may send events, and everything needs the token.
   */
  readonly origin?: string;
  /** What the page calls the app. */
  readonly name?: string;
  /** Events may be sent to actors by hand, by whoever has the token. `false`, if not given. */
  readonly allowSend?: boolean;
  /** Values of 6 characters or more to be kept out of all that is shown, besides what stands under a telling key (`password`, `apiKey`…). */
  readonly secrets?: readonly string[];
  /** The app's own clock, ms; the wall's, if not given. */
  readonly now?: () => number;
  /** What the app is supervised by; see {@link Inspector.heals}. */
  readonly supervised?: Parameters<AppSource['heals']>[0];
  /** Told in words where the page is, and what goes wrong; the console, if not given. */
  readonly log?: (words: string) => void;
}

export interface Inspector {
  /** For `createActor(machine, { inspect })`, of as many actors as there are; or for `actor.system.inspect`. Never throws. */
  readonly inspect: Recorder['inspect'];
  /** Address of the page on this machine, `null` before it is served. */
  readonly url: string | null;
  /** Resolves with the address to open when the page is served, with the token where there is one; rejects where it cannot be. */
  readonly ready: Promise<string>;
  /** What `supervise` of `kintsugi/healing` gave: the app's health and incidents are told too. */
  heals(supervised: Parameters<AppSource['heals']>[0]): void;
  /** Ends the page; the app goes on. */
  close(): Promise<void>;
}

const PORT = 7071;
/** The same from `src` and from `dist`. */
const PAGE = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/**
 * An inspector of one's own app, at http://127.0.0.1:7071. It keeps the last 5,000 events in memory, the last 100 of each living
 * actor and 2,000 steps; the process ends as if it were not there. Throws RangeError for a secret that is too short to be told
 * from other text.
 */
export function createInspector(options: CreateInspectorOptions = {}): Inspector {
  const { port = PORT, host = '127.0.0.1', origin = null, name = 'app', allowSend = false, secrets = [] } = options;
  const log = options.log ?? ((words) => console.info(words));
  // An open page must not keep alive an app that has nothing left to do.
  const timer = wallClock({ keepsAlive: false });
  const now = options.now ?? (() => timer.now());
  const redactor = new Redactor();
  for (const secret of secrets) redactor.register(secret);
  const redact = <T>(value: T): T => redactor.value(value);
  const recorder = createRecorder({
    now,
    timer,
    redact,
    about: (id) => ({ health: source.healthOf(id), mail: null }),
    failed: log,
  });
  const steps = new StepList({ source: recorder, now, timer, redact });
  const source: AppSource = appSource(recorder, { name, now, timer, steps, allowSend });
  if (options.supervised) source.heals(options.supervised);

  const token = allowSend || origin !== null || !isLoopback(host) ? randomBytes(24).toString('base64url') : null;
  let url: string | null = null;
  const serving = serveInspector({
    ...{ source, host, origin, port, token, redactor },
    page: PAGE,
    log: { info: log, warn: log, error: log },
  });
  const ready = serving.then((server) => {
    url = server.url;
    const page = origin === null ? server.url : `${new URL(origin).origin}/`;
    const address = token === null ? page : `${page}#token=${token}`;
    log(`inspector: ${address}`);
    return address;
  });
  // An app must not end because its inspector could not be served: whoever waits for it is told.
  ready.catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));

  return {
    inspect: recorder.inspect,
    get url() {
      return url;
    },
    ready,
    heals: (supervised) => source.heals(supervised),
    close: async () => {
      source.close();
      const server = await serving.catch(() => null);
      await server?.close();
    },
  };
}

export type { AppSource } from './app-source.ts';
export type * from './contract.ts';
export { createRecorder, type Recorder, type RecorderOptions } from './recorder.ts';
export type { InspectorSource } from './source.ts';
