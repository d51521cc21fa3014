/** What the paper exchange writes down, and tells afterwards: a bot must never remember what its exchange forgot. */
import type { Fill, FundingPayment } from '../machines/messages.ts';
import type { Clock } from '../ports/clock.ts';

/** How soon a save that failed is tried again, ms. */
const SAVE_AGAIN_MS = 1_000;
/** How often in a row; the next order or fill begins anew. */
const SAVES_AGAIN = 60;

type Listener<News> = (news: News) => void;

export class PaperNews {
  readonly #clock: Clock;
  readonly #write: () => Promise<void>;
  readonly #fills = new Set<Listener<Fill>>();
  readonly #payments = new Set<Listener<FundingPayment>>();
  /** Ends when all news so far have been told. */
  #told: Promise<void> = Promise.resolve();
  #savesFailed = 0;
  #savesAgain = false;

  constructor(clock: Clock, write: () => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  onFill(listener: Listener<Fill>): () => void {
    this.#fills.add(listener);
    return () => this.#fills.delete(listener);
  }

  onFunding(listener: Listener<FundingPayment>): () => void {
    this.#payments.add(listener);
    return () => this.#payments.delete(listener);
  }

  fill(fill: Fill): void {
    this.#tell(this.#fills, fill);
  }

  funding(payment: FundingPayment): void {
    this.#tell(this.#payments, payment);
  }

  /** Never rejects: what could not be saved is tried again, and meanwhile `submit` rejects with the reason. */
  async save(): Promise<void> {
    try {
      await this.#write();
      this.#savesFailed = 0;
    } catch {
      if (this.#savesAgain || ++this.#savesFailed > SAVES_AGAIN) return;
      this.#savesAgain = true;
      this.#clock.setTimeout(() => {
        this.#savesAgain = false;
        void this.save();
      }, SAVE_AGAIN_MS);
    }
  }

  /** Once it is saved, and in the order in which it happened. */
  #tell<News>(listeners: ReadonlySet<Listener<News>>, news: News): void {
    const saved = this.save();
    this.#told = this.#told
      .then(() => saved)
      .then(() => {
        for (const listener of [...listeners]) this.#call(listener, news);
      });
  }

  /** One listener's error is thrown by the clock, where errors of timers go: the others still hear, and so does who throws. */
  #call<News>(listener: Listener<News>, news: News): void {
    try {
      listener(news);
    } catch (error) {
      this.#clock.setTimeout(() => {
        throw error;
      }, 0);
    }
  }
}
