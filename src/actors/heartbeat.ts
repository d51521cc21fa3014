import { interval } from 'rxjs';
import { type AnyStateMachine, type EventObject, fromCallback } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { heartbeat } from '../machines/heartbeat.ts';
import type { Evidence } from '../machines/messages.ts';
import { type Lapse, type Woke, wokeFrom } from '../machines/vitals.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ownedFile } from './owned-file.ts';
import { isoTime } from './records.ts';

export const HEARTBEAT_FILE = 'logs/.bot_heartbeat';

/** Who was told so lately is still at it, ms. */
const JUST_NOW_MS = 5_000;

interface Progress {
  readonly at: number;
  readonly tick: number;
  readonly what: string;
}

/**
 * Writes `logs/.bot_heartbeat` after progress, at most once in `pace.showMs`, and at the end: when, and which tick went through. Nothing
 * else ever writes it; while nothing goes through it grows old, as it should (DESIGN §1.1).
 */
export function heartbeatActor(habitat: Habitat): AnyStateMachine {
  const { world } = habitat;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();

  let refused = false;
  /** Progress that came so soon after the last beat that it was not written. */
  let unwritten: Progress | null = null;
  const beat = (_: unknown, progress: Progress): void => {
    if (progress.at - writtenAt < world.pace.showMs) unwritten = progress;
    else write(progress);
  };
  const write = ({ at, tick, what }: Progress): void => {
    unwritten = null;
    writtenAt = at;
    const text = `${isoTime(at)}\n${JSON.stringify({ tick: isoTime(tick), what })}\n`;
    writing = world.pending
      .track(world.files.writeWhole(HEARTBEAT_FILE, new TextEncoder().encode(text)))
      .then(() => {
        refused = false;
      })
      .catch((error: unknown) => {
        // Said once; that it stays unwritten is for everybody to see in its age.
        if (!refused) world.log.error(`the heartbeat could not be written: ${says(error)}`);
        refused = true;
      });
  };

  let woke: Woke | null = null;
  const wakeAll = (): void => {
    if (woke === null) return;
    for (const id of ['safetyLayer', 'tradeExecution', 'marketFeed'] as const) habitat.mail.post(id, { ...woke });
  };
  const wake = (_: unknown, { at, lapse }: { at: number; lapse: Lapse | null }): void => {
    if (lapse === null) return;
    woke = wokeFrom(lapse, at);
    world.log.warn(`${woke.says}: entries wait until books and prices are of after it`, { ...lapse });
    wakeAll();
  };
  const tellProgress = (_: unknown, { at, tick }: { at: number; tick: number }): void => {
    // The newest bar there could be at the waking: older ones are what was missed.
    if (woke === null || tick < woke.at - world.feed.intervalMs) return;
    habitat.mail.post('safetyLayer', { type: 'CAUGHT_UP', at, tick });
    woke = null;
  };
  const resync = (): Evidence => {
    if (woke === null) {
      // Whoever still waits was told to by one before us, or has not heard that it is over.
      woke = {
        type: 'WOKE',
        at: world.clock.now(),
        sleptMs: 0,
        steppedMs: 0,
        says: 'somebody waits for prices of now',
      };
      return { says: 'it is told once more when prices of now have gone through', figures: {} };
    }
    const waited = world.clock.now() - woke.at;
    if (waited < JUST_NOW_MS) return { says: `all were told to look anew ${waited} ms ago`, figures: { waited } };
    wakeAll();
    return { says: 'feed and books were told once more to look anew', figures: { waited } };
  };

  const life = lifeEffects('heartbeat', habitat, {
    open: async () => undefined,
    files: [ownedFile(world, HEARTBEAT_FILE, () => writtenAt > 0)],
    repair: async (target) => {
      if (target === 'resync') return resync();
      throw new Error(`${target} cannot be repaired: only progress writes a heartbeat; restart what stands still`);
    },
    close: () => {
      // A replay goes on after the last tick of all. What is older than a beat may be had stands still: that is no progress any more.
      if (unwritten && world.clock.now() - unwritten.at < world.pace.showMs) write(unwritten);
      return writing;
    },
  });
  const feel = fromCallback<EventObject, null>(({ sendBack }) => {
    const { vitals, clock, pace } = world;
    if (vitals === null) return undefined;
    const looks = interval(pace.checkMs, clock.scheduler).subscribe(() =>
      sendBack({ type: 'VITALS', at: clock.now(), vitals: vitals.process() } as EventObject),
    );
    return () => looks.unsubscribe();
  });
  return provided(heartbeat, {
    actors: { ...life.actors, feel },
    actions: { ...life.actions, beat, wake, tellProgress },
  });
}
