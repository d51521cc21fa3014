import type { ActorId } from '../../machines/messages.ts';
import type { Life } from '../life.ts';

/** Mail that waits for longer is mail of somebody who does not work, ms. */
const DEAF_AFTER_MS = 10_000;

function works({ bot, clock }: Life, actor: ActorId): boolean {
  const snapshot = bot.mailboxes.ref(actor)?.getSnapshot();
  const { unprocessedSince, held } = bot.mailboxes.progress(actor);
  const isDeaf = held > 0 || (unprocessedSince !== null && clock.now() - unprocessedSince > DEAF_AFTER_MS);
  return snapshot?.status === 'active' && snapshot.hasTag('open') && !isDeaf;
}

/** Whether all of these live, are open and take their mail: what they owe can be asked of them. */
export const work = (life: Life, ...actors: readonly ActorId[]): boolean => actors.every((actor) => works(life, actor));
