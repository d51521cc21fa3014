import type { TradingView } from '../../../inspector/contract.ts';
import type { Clock } from '../../../ports/clock.ts';
import { judgementOn } from '../../report/make-report.ts';
import type { ReportBook } from '../../report/report-book.ts';

type Word = TradingView['guards'][number]['verdict'];
/** A judgement draws days a few thousand times per guard, and changes once a week. */
const JUDGED_EVERY_MS = 30_000;

/** The verdicts of `kintsugi report`, for the page: over all records, whatever window it shows. */
export class GuardVerdicts {
  readonly #book: ReportBook;
  readonly #clock: Pick<Clock, 'now'>;
  #words: ReadonlyMap<string, Word> = new Map();
  #version = -1;
  #judgedAt = Number.NEGATIVE_INFINITY;

  constructor(book: ReportBook, clock: Pick<Clock, 'now'>) {
    this.#book = book;
    this.#clock = clock;
  }

  of(guard: string): Word {
    this.#judge();
    return this.#words.get(guard) ?? 'not enough data';
  }

  #judge(): void {
    const now = this.#clock.now();
    if (this.#version === this.#book.version || now - this.#judgedAt < JUDGED_EVERY_MS) return;
    this.#version = this.#book.version;
    this.#judgedAt = now;
    const { records } = this.#book;
    const { verdicts } = judgementOn(records);
    this.#words = new Map(
      verdicts.map(({ word, has_enough_data: hasEnough }, index) => [
        records.guards[index]?.guard ?? '',
        hasEnough ? word : 'not enough data',
      ]),
    );
  }
}
