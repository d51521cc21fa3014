/** The second phase, as TigerBeetle's VOPR has it: the faults are over, and the bot has to come to rest. */
import { ALERTS_FILE } from '../adapters/file-alerts.ts';
import { statusOf } from '../cli/bot-status.ts';
import { LAPSE_MS } from '../machines/vitals.ts';
import type { Life } from './life.ts';
import { ACTORS } from './roster.ts';
import type { Host } from './world/host.ts';
import type { Outside } from './world/outside.ts';
import { SWEEP_MS } from './world/setup.ts';

/** Everything holds within so many sweeps, or it is red and somebody was told. */
const SWEEPS_TO_REST = 3;
/** What was given up is tried again by itself: then it must be well in the end, ms. */
const AT_LAST_MS = 3 * 3_600_000;
/** Whoever is down is started again by then, ms: its guardian waits, or somebody has to come by. */
const UP_WITHIN_MS = 3_600_000;

/**
 * What is still wrong with it, in words; nothing, where it is green, or would be if it were not watched after a healing.
 * @param since evidence of before says nothing of what the last faults did, by the bot's clock: whoever was wedged by one of them is as
 * green as his last look, until that is too old
 */
function doubtsAbout({ bot }: Life, since: number): readonly string[] {
  const findings = bot.board.findings();
  const broken = bot.invariants.flatMap(({ id }) => {
    const finding = findings.get(id);
    if (finding?.holds !== true) return [`${id}: ${finding?.says ?? 'nobody has looked'}`];
    return finding.takenAt < since ? [`${id}: nobody has looked since the last fault`] : [];
  });
  const incidents = bot.board
    .openIncidents()
    .map(({ invariant, phase, verdict }) => `${invariant.id} is ${phase}: ${verdict ?? 'it is being healed'}`);
  const actors = ACTORS.flatMap((id) => {
    const snapshot = bot.mailboxes.ref(id)?.getSnapshot();
    return snapshot?.status === 'active' && snapshot.hasTag('open') ? [] : [`${id} does not run`];
  });
  return [...broken, ...incidents, ...actors];
}

export interface Resting {
  readonly outside: Outside;
  readonly host: Host;
  readonly step: () => Promise<boolean>;
  readonly runUntil: (at: number) => Promise<void>;
  readonly found: (law: string, says: string) => void;
}

/** Runs on until the bot has come to rest, and tells where it does not. */
export async function comeToRest({ outside, host, step, runUntil, found }: Resting): Promise<void> {
  const { clock, disk, market } = outside;
  // No fault ends a silence but who connects anew, and he has to find it out first.
  const unheard = (): readonly string[] => (market.silent ? ['nothing comes from the market'] : []);
  const { life: survivor } = host;
  const over = survivor?.clock.now() ?? 0;
  /** Whoever was born later has only looked later. */
  const sinceOf = (life: Life): number => (life === survivor ? over : Number.NEGATIVE_INFINITY);
  const doubts = (): readonly string[] => [
    ...(host.life ? doubtsAbout(host.life, sinceOf(host.life)) : ['it does not run']),
    ...unheard(),
  ];
  const calmBy = async (at: number): Promise<boolean> => {
    while (doubts().length > 0 && clock.now() < at) await runUntil(clock.now() + SWEEP_MS / 4);
    return doubts().length === 0;
  };
  const isUp = (): boolean => host.life?.bot.root.getSnapshot().matches('running') === true;
  const upBy = clock.now() + UP_WITHIN_MS;
  while (!isUp() && clock.now() < upBy) await runUntil(clock.now() + SWEEP_MS / 4);
  if (!isUp()) return found('it-is-started-again', 'an hour after the last fault it does not run');

  if (await calmBy(clock.now() + SWEEPS_TO_REST * SWEEP_MS)) return;
  const { life } = host;
  const colour = life ? statusOf(life.bot, life.world, 0).status : 'not running';
  if (colour === 'red' && disk.bytes(ALERTS_FILE).length === 0)
    found('red-is-told', `red, and nobody was told: ${doubts().join('; ')}`);
  const isAhead = life !== null && life.clock.now() - clock.now() - outside.ahead > LAPSE_MS;
  // A clock that was ahead and was put right: the bot's line never goes back, and whoever was told of it starts it anew.
  if (isAhead) {
    await host.startAnew(step);
    while (!isUp() && clock.now() < upBy) await runUntil(clock.now() + SWEEP_MS / 4);
  }
  if (!(await calmBy(clock.now() + AT_LAST_MS)))
    found('it-comes-to-rest', `hours after the last fault: ${doubts().join('; ')}`);
}
