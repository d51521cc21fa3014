import type { Overview } from '../../inspector/contract.ts';

/** Calls back about every `ms` of real time; @returns how to end it. */
export type Quickly = (ms: number, tell: () => void) => () => void;

const LOOK_MS = 500;
/** Every tenth look is told whatever was seen: at least each five seconds. */
const LOOKS_AT_MOST = 10;

/** What of an overview is news. How old the evidence is changes with every look, and is none. */
const newsIn = ({ status, verdict, feed, repairs, alerts, components }: Overview): string =>
  JSON.stringify([
    status.status,
    status.kill_switch,
    status.pipeline,
    status.open_incidents,
    status.invariants.map(({ holds }) => holds),
    verdict,
    feed.last_tick_at,
    repairs.healed,
    repairs.failed,
    repairs.cleared,
    alerts,
    components.map(({ health, critical, state, restarts, last_repair, budgets }) => [
      health,
      critical,
      state,
      restarts,
      last_repair,
      budgets.map(({ left }) => left),
    ]),
  ]);

/**
 * Tells the overview twice a second at most, when it changed, and every five seconds in any case. Nothing is thrown into the
 * timer of the bot's process, where it would end the bot: what cannot be told goes to `failed`. @returns ends it
 */
export function sampledOverview(
  look: () => Overview,
  tell: (overview: Overview) => void,
  quickly: Quickly,
  failed: (error: unknown) => void,
): () => void {
  let told = newsIn(look());
  let looks = 0;
  const lookAgain = (): void => {
    const overview = look();
    const news = newsIn(overview);
    if (news === told && ++looks < LOOKS_AT_MOST) return;
    told = news;
    looks = 0;
    tell(overview);
  };
  return quickly(LOOK_MS, () => {
    try {
      lookAgain();
    } catch (error) {
      failed(error);
    }
  });
}
