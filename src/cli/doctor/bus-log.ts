/** `logs/signal_bus.jsonl` and its segments beyond their lines: sequence, lifecycle, positions. One pass, and nothing is changed. */
import { changeOf, PositionBook } from '../../actors/position-book.ts';
import { fundingPayment, positionChange, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { LIFECYCLE_TABLE } from '../../actors/signal-registry.ts';
import { areToldLost } from '../../adapters/lost-numbers.ts';
import { SIGNAL_STATES } from '../../machines/messages.ts';
import { MUST_MOVE_ON } from '../../machines/signal-lifecycle.ts';
import { segmentNumber } from '../../ports/segment-name.ts';
import { aboutFile, type Finding, type FindingKind } from './finding.ts';
import { lookAtLines, type SeenLine } from './jsonl.ts';

/** What the log as a whole tells, for judging the other files. */
export interface BusFacts {
  /** Records carry `seq` and `crc`: it is a Kintsugi's log. */
  readonly ours: boolean;
  readonly records: number;
  readonly signals: number;
  readonly decisions: number;
  readonly exits: number;
  readonly changes: number;
  /** Something that once stood in it does not: nothing can be concluded from what it does not say. */
  readonly incomplete: boolean;
  readonly book: PositionBook;
}

const HOUR_S = 3_600;
/** Findings of one kind that are told one by one; the rest is counted. */
const EACH_AT_MOST = 1_000;
/** Signals whose lives are followed: bounds the memory, and is far above what a bot has in a year. */
const FOLLOWED_AT_MOST = 250_000;
const states: ReadonlySet<string> = new Set(SIGNAL_STATES);
const unfinished: ReadonlySet<string> = new Set(MUST_MOVE_ON);
/** `generated → evaluating` and so on, as the machine has them. */
const EDGES = new Set(
  LIFECYCLE_TABLE.states.flatMap((from, place) =>
    LIFECYCLE_TABLE.events.flatMap((_, event) => {
      const to = LIFECYCLE_TABLE.states[LIFECYCLE_TABLE.next(place, event)];
      return to === undefined ? [] : [`${from.split('.')[0]} → ${to.split('.')[0]}`];
    }),
  ),
);

/** No transition leads out of these. */
const over: ReadonlySet<string> = new Set(
  SIGNAL_STATES.filter((state) => ![...EDGES].some((edge) => edge.startsWith(`${state} → `))),
);
const outcomes: ReadonlySet<string> = new Set(['approved', 'blocked', 'expired']);

/** Where a line stands. */
type Place = Pick<SeenLine, 'file' | 'line' | 'offset'>;

interface Life {
  state: string;
  /** Where it was last seen. */
  at: Place;
  since: number;
  /** Lost records before the last one of this signal. */
  lost: number;
}

/**
 * @param segments the files of the log, oldest first
 * @param blanked where the bytes of blank places are in quarantine; `undefined` where nothing was set aside
 */
export async function lookAtBus(
  dir: string,
  segments: readonly string[],
  running: boolean,
  blanked: (place: Place) => string | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly facts: BusFacts }> {
  const findings: Finding[] = [];
  const lives = new Map<string, Life>();
  const book = new PositionBook();
  const facts = { ours: false, records: 0, signals: 0, decisions: 0, exits: 0, changes: 0, incomplete: false, book };
  // Where the oldest segments were taken away, what they said is known to nobody here.
  const archived = (segmentNumber(SIGNAL_BUS_FILE, segments[0] ?? '') ?? 1) > 1;
  let lastSeq = archived ? null : 0;
  let lastTs = 0;
  let lost = archived ? 1 : 0;
  let mended: string[] = [];
  let loss: { readonly seen: Place; readonly says: string } | null = null;

  const counts = new Map<string, number>();
  const find = (
    kind: FindingKind,
    { file, line, offset }: Place,
    severity: Finding['severity'],
    reason: string,
    remedy: string,
  ): void => {
    const which = `${kind} ${severity}`;
    const count = (counts.get(which) ?? 0) + 1;
    counts.set(which, count);
    if (count <= EACH_AT_MOST) findings.push({ kind, file, line, offset, reason, severity, remedy });
  };
  const place = ({ file, line, offset }: SeenLine): Place => ({ file, line, offset });

  const checkSequence = (seen: SeenLine, seq: number): void => {
    lastSeq ??= seq - 1;
    if (seq <= lastSeq) {
      find(
        'sequence',
        seen,
        'error',
        `seq ${seq} comes after ${lastSeq}`,
        'was the file put together from parts? Restore it from a copy',
      );
    } else if (seq > lastSeq + 1) {
      const missing = seq - lastSeq - 1;
      const which = missing === 1 ? `seq ${seq - 1} is` : `seq ${lastSeq + 1} to ${seq - 1} are`;
      lost += missing;
      if (mended.length >= missing) {
        const files = [...new Set(mended)].join(', ');
        const remedy = 'nothing to do: what could not be read was set aside';
        find('sequence', seen, 'info', `${which} in quarantine: ${files}`, remedy);
      } else if (areToldLost(seen.record, lastSeq + 1, seq - 1))
        find('sequence', seen, 'info', `${which} lost, as this record says`, 'a copy of the log may have them');
      else {
        const remedy = 'restore the log from a copy; what is lost cannot be made up';
        find('sequence', seen, 'error', `${which} missing`, remedy);
      }
    }
    lastSeq = Math.max(lastSeq, seq);
    mended = [];
  };

  const checkChange = (seen: SeenLine, id: string, from: string, to: string, ts: number): void => {
    const life = lives.get(id);
    const wrongState = [from, to].find((state) => !states.has(state));
    const gap = lost > (life?.lost ?? 0);
    if (wrongState !== undefined) {
      find(
        'lifecycle',
        seen,
        'error',
        `signal ${id}: there is no state "${wrongState}"`,
        'kintsugi run: its state machine rebuilds the state from the log',
      );
    } else if (!EDGES.has(`${from} → ${to}`)) {
      find(
        'lifecycle',
        seen,
        'error',
        `signal ${id} cannot go from ${from} to ${to}`,
        'another program wrote it, or lines are missing; the record stays as it is',
      );
    } else if (life === undefined) {
      find(
        'lifecycle',
        seen,
        lost > 0 ? 'info' : 'error',
        `signal ${id} was never generated in this log, or was over already`,
        'lines before it are missing',
      );
    } else if (life.state !== from) {
      find(
        'lifecycle',
        seen,
        gap ? 'info' : 'error',
        `signal ${id} left ${from}, but it was in ${life.state}`,
        'a record between the two is missing',
      );
    }
    // Of what is over nothing more is heard; a year of it would fill the memory.
    if (over.has(to)) lives.delete(id);
    else lives.set(id, { state: to, at: place(seen), since: ts, lost });
  };

  const fold = (
    seen: SeenLine,
    record: Parameters<typeof changeOf>[0] | undefined,
    what: string,
    lost: string,
  ): void => {
    if (record) book.take(changeOf(record));
    else find('foreign', seen, 'error', `${what} that cannot be read`, `${lost} cannot be told from this log`);
  };

  let unfollowed = 0;
  const look = (seen: SeenLine): void => {
    const { record } = seen;
    if (record === null) {
      const kept = blanked(seen);
      if (kept !== undefined) mended.push(kept);
      return;
    }
    facts.records++;
    if (seen.sealed) facts.ours = true;
    if (seen.seq !== null) checkSequence(seen, seen.seq);
    const id = String(record.signal_id ?? '');
    const ts = typeof record.ts === 'number' ? record.ts : lastTs;
    lastTs = Math.max(lastTs, ts);
    if (
      lives.size >= FOLLOWED_AT_MOST &&
      !lives.has(id) &&
      /^(signal_generated|state_change)$/.test(String(record.event_type))
    ) {
      unfollowed++;
      return;
    }
    switch (record.event_type) {
      case 'signal_generated':
        facts.signals++;
        lives.set(id, { state: String(record.state ?? 'generated'), at: place(seen), since: ts, lost });
        break;
      case 'state_change':
        if (outcomes.has(String(record.new_state))) facts.decisions++;
        checkChange(seen, id, String(record.old_state), String(record.new_state), ts);
        break;
      case 'position_change':
        facts.changes++;
        if (record.change === 'reduced' || record.change === 'closed') facts.exits++;
        fold(seen, positionChange.safeParse(record).data, 'a position change', 'the positions');
        break;
      case 'funding_payment':
        fold(seen, fundingPayment.safeParse(record).data, 'a funding payment', 'the money');
        break;
      case 'history_lost':
        loss = { seen: place(seen), says: String(record.says) };
        break;
      case 'history_explained':
        loss = null;
        break;
      case 'order_intent':
        break;
      default:
        find('foreign', seen, 'info', `a record of unknown kind: ${String(record.event_type)}`, 'it is left alone');
    }
  };

  const lines: Finding[] = [];
  for (const file of segments)
    for (const finding of await lookAtLines(dir, file, running && file === segments.at(-1), look)) lines.push(finding);
  const unexplained = loss as { readonly seen: Place; readonly says: string } | null;
  if (unexplained)
    find('missing', unexplained.seen, 'error', unexplained.says, 'restore the log from a copy, with no bot running');
  // What was set aside at the end may have been a record: no number after it tells.
  facts.incomplete = lost > 0 || mended.length > 0 || lines.some(({ kind }) => kind === 'bad-line');
  for (const [id, { state, at, since }] of lives) {
    if (!unfinished.has(state)) continue;
    const minutes = Math.round((lastTs - since) / 60);
    const stuck = lastTs - since > HOUR_S;
    const reason = `signal ${id} is unfinished: ${state} for ${minutes} min when the log ends`;
    find(
      'unfinished',
      at,
      stuck && !running ? 'warning' : 'info',
      reason,
      'kintsugi run takes it up again: decides it, asks for its order, or lets it expire',
    );
  }
  if (unfollowed > 0) {
    const reason = `${unfollowed} records of signals beyond the first ${FOLLOWED_AT_MOST} were not followed`;
    findings.push(aboutFile('lifecycle', SIGNAL_BUS_FILE, 'info', reason, 'their lines were looked at all the same'));
  }
  for (const [which, count] of counts) {
    if (count <= EACH_AT_MOST) continue;
    const [kind, severity] = which.split(' ') as [FindingKind, Finding['severity']];
    const reason = `${count - EACH_AT_MOST} more of this kind`;
    findings.push(aboutFile(kind, SIGNAL_BUS_FILE, severity, reason, 'as those that are told one by one'));
  }
  return { findings: [...lines, ...findings], facts };
}
