/** The bot's side of the channel to its guardian. */
import { type Ask, askIn, type Beat } from '../ports/guardian.ts';

/** Set by a guardian for the process it starts, and read once: what that starts in turn has no guardian. */
export const GUARDED = 'KINTSUGI_GUARDED';

const BEAT_MS = 1_000;

export interface GuardianLink {
  /** What the guardian says of this birth, e.g. how the process before ended; `null` for the first. */
  readonly word: string | null;
  /** What to prove life with; asked at every beat. Until this is called the beats say that nothing is ready. */
  prove(made: () => Beat): void;
  /**
   * Beats now, for the last time: a process that ends between two beats would not have said that its end is meant. Resolves when it is
   * on its way.
   */
  leave(): Promise<void>;
  onAsk(heed: (ask: Ask) => void): void;
  /** The guardian has died, however it died. */
  onGone(tell: () => void): void;
}

const NOT_READY: Beat = { ready: false, leaving: false, sweptAt: null, sweepEveryMs: 0 };

/**
 * Begins to beat: from the event loop, once a second, so that a loop that stands still says nothing.
 * @returns `null` when this process was not started by a guardian
 */
export function guardianLink(): GuardianLink | null {
  const born = process.env[GUARDED];
  delete process.env[GUARDED];
  if (born === undefined) return null;
  const { word } = JSON.parse(born) as { word: string | null };
  let proof = (): Beat => NOT_READY;
  let sending = false;
  const send = (done: () => void): void => {
    if (process.connected) process.send?.(proof(), undefined, undefined, done);
    else done();
  };
  const beat = (): void => {
    // A guardian that does not read has enough in its pipe.
    if (sending) return;
    sending = true;
    send(() => {
      sending = false;
    });
  };
  beat();
  setInterval(beat, BEAT_MS).unref();
  /** A listener keeps the process alive, and hearing is no reason to live on. */
  const atEase = (): void => process.channel?.unref();
  return {
    word,
    prove: (made) => {
      proof = made;
    },
    leave: () => new Promise(send),
    onAsk: (heed) => {
      process.on('message', (message) => {
        const ask = askIn(message);
        if (ask) heed(ask);
      });
      atEase();
    },
    onGone: (tell) => {
      if (!process.connected) return tell();
      process.once('disconnect', tell);
      atEase();
    },
  };
}
