/** The event log: what was acknowledged is in it, once. */
import { CHECKPOINT_FILE } from '../../actors/bus-history.ts';
import { isBusFile, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law, Scene } from './law.ts';

/** What the bot says of a bus that is not whole any more. */
const TELLS: ReadonlySet<string> = new Set([
  'signal_bus/log-verifies',
  'signal_bus/history-known',
  'signal_bus/sequence-whole',
]);

const isKept = ({ disk }: Scene, id: string): boolean =>
  disk.paths(/^quarantine\/.*\.bin$/).some((path) => disk.bytes(path).includes(id));

/** What the medium has of the event log: a power cut takes no more than what is not in it. */
const durableText = (disk: SimDisk): string =>
  disk
    .paths(/./)
    .filter(isBusFile)
    .map((path) => disk.inode(path)?.durable.toString('latin1') ?? '')
    .join('');

const isDurable = (disk: SimDisk, id: string): boolean =>
  (disk.inode(SIGNAL_BUS_FILE)?.durable.lastIndexOf(id) ?? -1) >= 0;

/** The number that a checkpoint says the log had. */
function checkpointed(disk: SimDisk): number {
  try {
    return Number(JSON.parse(disk.bytes(CHECKPOINT_FILE).toString('utf8')).seq);
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

/** What is in a log, by event: its number. */
const numbersIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/"event_id":"([^"]+)"[^\n]*"seq":(\d+),"crc"/g)].map(([, id = '', seq]) => [id, Number(seq)]),
  );

export const LOG_LAWS: readonly Law[] = [
  {
    id: 'nothing-acknowledged-is-lost',
    says: 'an event that was acknowledged is in the log; where others destroyed it, it is in quarantine, or the bot has said that something is lost, unless they did so after it had looked for the last time before its end and left nothing that tells',
    watch: (scene, found) => {
      const acknowledged: string[] = [];
      let isSaid = false;
      let atDeath: ReadonlyMap<string, number> = new Map();
      /** As it was when the bot last looked, and what has come to stand on the medium since. */
      let looked = '';
      let since: (readonly [id: string, seq: number])[] = [];
      const untold = new Set<string>();
      return {
        acknowledged: ({ event_id: id, seq }) => {
          acknowledged.push(String(id));
          if (isDurable(scene.disk, String(id))) since.push([String(id), Number(seq)]);
        },
        took: (actor, { type }) => {
          if (actor !== 'signalBus' || type !== 'FILE_SEEN') return;
          looked = durableText(scene.disk);
          since = [];
        },
        died: () => {
          atDeath = new Map([...numbersIn(looked), ...since, ...numbersIn(durableText(scene.disk))]);
        },
        born: ({ bot }) => {
          const known = checkpointed(scene.disk);
          const there = numbersIn(durableText(scene.disk));
          for (const [id, seq] of atDeath) if (seq > known && !there.has(id)) untold.add(id);
          bot.board.recorded.subscribe(({ invariant }) => {
            if (TELLS.has(invariant)) isSaid = true;
          });
        },
        ended: ({ bus }) => {
          const there = new Set(bus.map((record) => String(record.event_id)));
          const lost = acknowledged.filter((id) => !there.has(id) && !untold.has(id));
          if (lost.length === 0) return;
          const isDamaged = [...scene.damaged].some(isBusFile);
          const gone = isDamaged ? lost.filter((id) => !isKept(scene, id)) : lost;
          if (gone.length > 0 && !(isDamaged && isSaid))
            found(`${gone.length} acknowledged events are gone, ${gone[0]} first, and nobody says so`);
        },
      };
    },
  },
  {
    id: 'nothing-is-doubled',
    says: 'no event and no number is in the log twice',
    watch: (_, found) => ({
      ended: ({ bus, verdict }) => {
        const seen = new Set<string>();
        for (const { event_id: id } of bus) {
          // What somebody else wrote has none.
          if (typeof id !== 'string') continue;
          if (seen.has(id)) found(`event ${id} is in the log twice`);
          seen.add(id);
        }
        if (verdict.duplicateSeq.length > 0) found(`numbers given twice: ${verdict.duplicateSeq.join(', ')}`);
      },
    }),
  },
  {
    id: 'the-log-is-mended',
    says: 'at rest no bad line is left, and no number is missing without a trace',
    watch: (_, found) => ({
      ended: ({ verdict }) => {
        const [bad] = verdict.bad;
        if (bad) found(`${verdict.bad.length} bad lines are left, at ${bad.offset} the first: ${bad.reason}`);
        if (verdict.gaps > 0) found(`${verdict.gaps} numbers are missing without a trace`);
      },
    }),
  },
];
