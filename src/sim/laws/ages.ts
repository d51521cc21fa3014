/** The age of signals: a restart makes nothing younger. */
import { isBusFile } from '../../actors/records.ts';
import { OLD_AFTER_MS, STUCK_AFTER_MS } from '../../actors/state-machine.ts';
import type { PipelineFigures } from '../../machines/state-machine.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law } from './law.ts';

const MUST_MOVE_ON = ['generated', 'evaluating', 'approved', 'executing'] as const;
type MustMoveOn = (typeof MUST_MOVE_ON)[number];
/** Times of records are in fractions of a second, ms. */
const ROUNDED_MS = 1;

interface Waiting {
  readonly born: number;
  readonly since: number;
  readonly state: string;
}

interface Line {
  readonly seq: number;
  readonly event_type: unknown;
  readonly signal_id: unknown;
  readonly new_state: unknown;
  readonly ts: unknown;
}

/** What the files of the bus say, in order. */
function linesOf(disk: SimDisk): readonly Line[] {
  const lines: Line[] = [];
  for (const path of disk.paths(/./).filter(isBusFile))
    for (const text of disk.bytes(path).toString('utf8').split('\n')) {
      try {
        const value: unknown = JSON.parse(text);
        if (typeof value === 'object' && value !== null && 'seq' in value) lines.push(value as Line);
      } catch (error) {
        // What somebody else wrote, or a crash tore, is no record.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
  return lines.sort((a, b) => a.seq - b.seq);
}

function waitingIn(lines: readonly Line[]): readonly Waiting[] {
  const signals = new Map<string, Waiting>();
  for (const { event_type, signal_id, new_state, ts } of lines) {
    const [id, at] = [String(signal_id), Number(ts) * 1_000];
    if (event_type === 'signal_generated') signals.set(id, { born: at, since: at, state: 'generated' });
    const known = signals.get(id);
    if (event_type === 'state_change' && known) signals.set(id, { ...known, since: at, state: String(new_state) });
  }
  return [...signals.values()].filter(({ state }) => MUST_MOVE_ON.some((one) => one === state));
}

/** What the figures say otherwise than these signals. `null`: nothing, or they are of others. */
export function younger(figures: PipelineFigures, waiting: readonly Waiting[]): string | null {
  const isOfThese = (state: MustMoveOn): boolean =>
    waiting.filter((one) => one.state === state).length === figures.byState[state];
  // A step that was ordered is made before it is in the log.
  if (waiting.length === 0 || !MUST_MOVE_ON.every(isOfThese)) return null;
  const oldest = Math.min(...waiting.map(({ since }) => since));
  const since = figures.oldestChangeAt ?? Number.POSITIVE_INFINITY;
  if (since - oldest > ROUNDED_MS)
    return `the signal that waits longest is taken to wait since ${since}, and waits since ${oldest}`;
  const stuck = waiting.filter((one) => figures.at - one.since > STUCK_AFTER_MS + ROUNDED_MS).length;
  const old = waiting.filter((one) => figures.at - one.born > OLD_AFTER_MS + ROUNDED_MS).length;
  if (figures.stuckCount < stuck) return `${figures.stuckCount} signals are told to be stuck, and ${stuck} are`;
  if (figures.oldCount < old) return `${figures.oldCount} signals are told to be old, and ${old} are`;
  return null;
}

export const AGE_LAWS: readonly Law[] = [
  {
    id: 'signals-keep-their-age',
    says: 'a state machine that has just begun takes no signal for younger than the log has it',
    watch: ({ disk, damaged }, found) => ({
      born: ({ bot }) => {
        bot.mailboxes.attached.subscribe(({ id, ref }) => {
          if (id !== 'stateMachine') return;
          const first = ref.subscribe(({ context }: { readonly context: { figures?: PipelineFigures | null } }) => {
            const { figures } = context;
            if (!figures) return;
            first.unsubscribe();
            const says = [...damaged].some(isBusFile) ? null : younger(figures, waitingIn(linesOf(disk)));
            if (says !== null) found(says);
          });
        });
      },
    }),
  },
];
