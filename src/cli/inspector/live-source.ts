import type { Bot } from '../../actors/bot.ts';
import type { StatusReport } from '../../healing/status.ts';
import type { Command, CommandAnswer, Overview, StreamEvent } from '../../inspector/contract.ts';
import type { Known } from '../../inspector/known.ts';
import { overviewOf } from '../../inspector/overview.ts';
import type { Recorder } from '../../inspector/recorder.ts';
import type { InspectorSource } from '../../inspector/source.ts';
import { storyOf } from '../../inspector/story.ts';
import { whyOf } from '../../inspector/why.ts';
import type { World } from '../../ports/world.ts';
import { knownOfBot } from '../bot-known.ts';
import type { Fault } from './faults.ts';
import type { LiveLedger } from './live-ledger.ts';
import type { Liveness } from './liveness.ts';
import type { RecordsReader } from './records/reader.ts';
import { type Quickly, sampledOverview } from './sampled-overview.ts';

export interface LiveParts {
  readonly name: string;
  /** For commands to copy. */
  readonly dir: string;
  readonly bot: Bot;
  readonly world: Pick<World, 'clock' | 'feed' | 'alerts' | 'pace'>;
  /** `null`: it runs as fast as it can. */
  readonly speed: number | null;
  readonly feedKind: string;
  readonly isPaper: boolean;
  readonly recorder: Recorder;
  readonly ledger: LiveLedger;
  readonly records: RecordsReader;
  readonly status: () => StatusReport;
  readonly liveness: () => Liveness;
  readonly faults: readonly Fault[];
  readonly commands: readonly Command['do'][];
  readonly command: (command: Command) => Promise<CommandAnswer>;
  readonly quickly: Quickly;
  /** What the page could not be told, and why. */
  readonly failed: (error: unknown) => void;
}

/** A running bot, as the inspector's server asks for it. Everything is made when it is asked for, or while somebody follows. */
export function liveSource(parts: LiveParts): InspectorSource {
  const { dir, bot, world, recorder, ledger, records, status, faults } = parts;

  const known = (): Known => {
    const tickAt: number | null = bot.mailboxes.ref('marketFeed')?.getSnapshot().context.lastTickAt ?? null;
    return knownOfBot(bot, world, {
      name: parts.name,
      dir,
      speed: parts.speed,
      status: status(),
      feed: {
        kind: parts.feedKind,
        symbols: world.feed.symbols,
        last_tick_at: tickAt === null ? null : new Date(tickAt).toISOString(),
      },
      paper: parts.isPaper,
      commands: parts.commands,
      records: ledger.records(),
    });
  };
  const overview = (): Overview => overviewOf(known());

  return {
    kind: 'live',
    overview,
    actors: () => recorder.actors(),
    actor: (id) => recorder.actor(id),
    machines: () => recorder.machines(),
    events: (query) => recorder.events(query),
    faults: () => faults.map(({ inject: _, ...view }) => view),
    incidents: async (query) => ledger.newest(query),
    incident: async (id) =>
      storyOf(id, ledger.records(), { running: status().open_incidents, dir }) ?? records.incident(id),
    why: async (component) => whyOf(component, known()),
    signals: (query) => records.signals(query),
    signal: (id) => records.signal(id),
    trading: () => records.trading(),
    log: (query) => records.log(query),
    history: () => records.history(),
    moment: (at) => records.moment(at),
    steps: (query) => records.steps(query),
    command: parts.command,
    liveness: parts.liveness,
    follow: (listener) => {
      listener({ type: 'hello', overview: overview(), actors: recorder.actors() });
      const tell = (event: StreamEvent): void => listener(event);
      const ends = [
        recorder.follow(tell),
        ledger.follow((incident) => tell({ type: 'incident', incident })),
        sampledOverview(
          overview,
          (present) => tell({ type: 'overview', overview: present }),
          parts.quickly,
          parts.failed,
        ),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
