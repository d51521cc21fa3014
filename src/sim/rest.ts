/** When the faults are over: is the bot as it should be? */
import { statusOf } from '../cli/bot-status.ts';
import type { Life } from './life.ts';
import { ACTORS } from './roster.ts';

/** What is still wrong with it, in words; nothing, where it is green, or would be if it were not watched after a healing. */
export function doubtsAbout(life: Life): readonly string[] {
  const { bot } = life;
  const findings = bot.board.findings();
  const broken = bot.invariants.flatMap(({ id }) => {
    const finding = findings.get(id);
    return finding?.holds === true ? [] : [`${id}: ${finding?.says ?? 'nobody has looked'}`];
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

export const colourOf = (life: Life): string => statusOf(life.bot, life.world, 0).status;
