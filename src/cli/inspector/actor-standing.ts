import type { Bot } from '../../actors/bot.ts';
import type { Health, StatusReport } from '../../healing/status.ts';
import type { ActorView } from '../../inspector/contract.ts';
import { actorOf, COMPONENTS } from '../../machines/messages.ts';

/** So long a status is good for all actors together, ms of real time: it is asked for each of them. */
const GOOD_FOR_MS = 200;

export interface ActorStanding {
  /** Until then nothing is known of anybody. */
  know(bot: Bot, status: () => StatusReport): void;
  /** Health of the component an actor is, or is part of, and the mail of one that takes any. */
  readonly about: (id: string) => Pick<ActorView, 'health' | 'mail'>;
}

/** What is known of an actor besides its snapshots. @param present real time, ms */
export function actorStanding(present: () => number): ActorStanding {
  let known: { readonly bot: Bot; readonly status: () => StatusReport } | null = null;
  let healths = new Map<string, Health>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  const healthOf = (actor: string, status: () => StatusReport): Health | null => {
    if (present() - lookedAt >= GOOD_FOR_MS) {
      lookedAt = present();
      const { components } = status();
      healths = new Map(COMPONENTS.map((one) => [actorOf(one), components[one].status]));
    }
    return healths.get(actor) ?? null;
  };

  return {
    know: (bot, status) => {
      known = { bot, status };
    },
    about: (id) => {
      if (known === null) return { health: null, mail: null };
      const { bot, status } = known;
      const [component = id] = id.split('.');
      const takesMail = bot.mailboxes.ids().includes(id);
      const { accepted, processed, held } = takesMail
        ? bot.mailboxes.progress(id)
        : { accepted: 0, processed: 0, held: 0 };
      return { health: healthOf(component, status), mail: takesMail ? { accepted, processed, held } : null };
    },
  };
}
