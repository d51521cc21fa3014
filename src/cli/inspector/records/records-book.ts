/** Everything a bot's directory tells, kept up to date by reading what is new. It runs in a worker: reading takes its time. */

import { REAL_EXITS_FILE } from '../../../actors/real-shadow-record.ts';
import { SIGNAL_BUS_FILE } from '../../../actors/records.ts';
import { checkLine } from '../../../adapters/log-line.ts';
import {
  LogTail,
  numbered,
  oneFile,
  type Segments,
  sealedBeside,
  type TailListener,
} from '../../../adapters/log-tail.ts';
import type * as api from '../../../inspector/contract.ts';
import { FLIGHT_FOLDER, flightNumber } from '../../../inspector/flight-line.ts';
import type { SignalQuery } from '../../../inspector/source.ts';
import { storyOf } from '../../../inspector/story.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Position as Place } from '../../../ports/event-log.ts';
import { ReportBook } from '../../report/report-book.ts';
import { lastBeat, lastMarket, startEquity, storedPrice } from './account.ts';
import { BusMoments, busRecordIn } from './bus-moments.ts';
import { FlightBook, flightLineIn } from './flight-book.ts';
import { GuardVerdicts } from './guard-verdicts.ts';
import { historyRange } from './history-range.ts';
import { BOT_LOG, DECISIONS_FILE, LEDGER_FILE, SHADOW_FILE } from './known-words.ts';
import { LedgerBook } from './ledger-book.ts';
import { LogLines, logLineIn } from './log-lines.ts';
import { momentOf } from './moment-of.ts';
import { MoneyBook } from './money-book.ts';
import type { Facts, Revision } from './questions.ts';
import { ShadowSeries } from './shadow-series.ts';
import { signalDetail, signalPage } from './signal-pages.ts';
import { SignalsBook, shadowOutcome } from './signals-book.ts';
import { tradingView, WINDOW_MS } from './trading-view.ts';

/** Files are looked at this often at most, ms. */
export const LOOK_EVERY_MS = 500;

/** One file and what is made of it. */
interface Reading {
  readonly tail: LogTail;
  readonly listener: TailListener;
}

export class RecordsBook {
  readonly #dir: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bus: LogTail;
  readonly #shadow: LogTail;
  readonly #readings: readonly Reading[];
  #signals = new SignalsBook();
  #money = new MoneyBook(WINDOW_MS);
  #shadows = new ShadowSeries(WINDOW_MS);
  #moments: BusMoments;
  #ledger = new LedgerBook();
  #log: LogLines;
  #flight: FlightBook;
  readonly #report = new ReportBook();
  readonly #verdicts: GuardVerdicts;
  #shadowLast: number | null = null;
  #startUsd: number | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unread = 0;

  /**
   * @param clock the wall's: how often files are looked at
   * @param logDir where the bot's own log is, if elsewhere
   */
  constructor(dir: string, clock: Pick<Clock, 'now'>, logDir = dir) {
    this.#dir = dir;
    this.#clock = clock;
    this.#verdicts = new GuardVerdicts(this.#report, clock);
    const tail = (segments: Segments): LogTail => new LogTail(dir, segments);
    this.#bus = tail(sealedBeside(SIGNAL_BUS_FILE));
    this.#shadow = tail(oneFile(SHADOW_FILE));
    const ledger = tail(oneFile(LEDGER_FILE));
    const log = new LogTail(logDir, oneFile(BOT_LOG));
    const flight = tail(numbered(FLIGHT_FOLDER, flightNumber));
    this.#moments = new BusMoments(this.#bus);
    this.#log = new LogLines(log);
    this.#flight = new FlightBook(flight);
    this.#readings = [
      { tail: this.#bus, listener: { line: (...line) => this.#busLine(...line), again: () => this.#busAgain() } },
      { tail: this.#shadow, listener: { line: (bytes) => this.#shadowLine(bytes), again: () => this.#shadowAgain() } },
      {
        tail: tail(oneFile(DECISIONS_FILE)),
        listener: {
          line: (bytes) => this.#reported(bytes, (raw) => this.#report.decision(raw)),
          again: () => this.#report.forgetDecisions(),
        },
      },
      {
        tail: tail(oneFile(REAL_EXITS_FILE)),
        listener: {
          line: (bytes) => this.#reported(bytes, (raw) => this.#report.outcome(raw)),
          again: () => this.#report.forgetOutcomes(),
        },
      },
      {
        tail: ledger,
        listener: {
          line: (bytes) => this.#ledgerLine(bytes),
          again: () => {
            this.#ledger = new LedgerBook();
          },
        },
      },
      {
        tail: log,
        listener: {
          line: (bytes, place) => this.#known(logLineIn(bytes), (line) => this.#log.take(line, place, bytes)),
          again: () => {
            this.#log = new LogLines(log);
          },
        },
      },
      {
        tail: flight,
        listener: {
          line: (bytes, place) => this.#known(flightLineIn(bytes), (line) => this.#flight.take(line, place)),
          again: () => {
            this.#flight = new FlightBook(flight);
          },
        },
      },
    ];
  }

  /** Reads what is new, unless that was done a moment ago. */
  look(): void {
    const now = this.#clock.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    for (const { tail, listener } of this.#readings) tail.read(listener);
    // However long that took, there is time for answers.
    this.#lookedAt = this.#clock.now();
  }

  /** The bot's time as its records have it last, ms; `null` where there are none. */
  get now(): number | null {
    const times = [this.#moments.last, this.#shadowLast, this.#log.last, this.#flight.last];
    const known = [...times, lastMarket(this.#dir)?.at ?? null, lastBeat(this.#dir)?.at ?? null].filter(
      (at) => at !== null,
    );
    return known.length === 0 ? null : Math.max(...known);
  }

  get revision(): Revision {
    return { lines: this.#lines, at: this.now, unread: this.#unread };
  }

  get facts(): Facts {
    const { start } = this.#log;
    return {
      feed: start?.feed ?? null,
      symbols: lastMarket(this.#dir)?.symbols ?? start?.symbols ?? [],
      last_tick_at: lastBeat(this.#dir)?.tick ?? null,
      since: start?.at ?? null,
    };
  }

  trading(): api.TradingView | null {
    const { now } = this;
    if (now === null) return null;
    this.#startUsd = startEquity(this.#dir, this.#money) ?? this.#startUsd;
    return tradingView({
      now,
      signals: this.#signals,
      money: this.#money,
      shadows: this.#shadows,
      startUsd: this.#startUsd,
      priceOf: (symbol) => storedPrice(this.#dir, symbol),
      verdictOf: (guard) => this.#verdicts.of(guard),
    });
  }

  signals(query: SignalQuery): api.SignalPage {
    return signalPage(this.#signals, query);
  }

  signal(id: string): api.SignalDetail | null {
    return signalDetail(this.#signals, id, (place) => {
      const bytes = this.#bus.at(place);
      return bytes === null ? null : (busRecordIn(bytes)?.raw ?? null);
    });
  }

  incidents(query: { readonly component?: string; readonly limit: number }): readonly api.IncidentRecord[] {
    return this.#ledger.incidents(query);
  }

  /** Every record of the ledger that is kept, in its order. */
  ledger(): readonly api.IncidentRecord[] {
    return this.#ledger.records;
  }

  incident(id: string): api.IncidentStory | null {
    return storyOf(id, this.#ledger.records, { running: null, dir: this.#dir });
  }

  log(query: { readonly search?: string; readonly before?: number; readonly limit: number }): readonly api.LogLine[] {
    return this.#log.lines(query).toReversed();
  }

  history(): api.HistoryRange {
    return historyRange({
      firsts: [this.#moments.first, this.#log.first, this.#flight.first],
      last: this.now,
      stepsFrom: this.#flight.first,
      records: this.#ledger.records,
    });
  }

  moment(at: number): api.Moment {
    const { from, to } = this.history();
    return momentOf(at, {
      isInRange: from !== null && to !== null && at >= from && at <= to,
      bus: this.#moments.moment(at),
      actors: this.#flight.actors(at),
      records: this.#ledger.until(at),
      log: this.#log.nextTo(at),
    });
  }

  steps(query: {
    readonly from: number;
    readonly to: number;
    readonly actor?: string;
    readonly limit: number;
  }): api.StepPage {
    return this.#flight.steps(query);
  }

  #known<Line>(line: Line | null, take: (line: Line) => void): boolean {
    this.#lines++;
    if (line === null) this.#unread++;
    else take(line);
    return line !== null;
  }

  #busLine(bytes: Buffer, place: Place): boolean {
    return this.#known(busRecordIn(bytes), ({ raw, record }) => {
      if (record === null) return this.#moments.pass(raw.ts, place);
      this.#moments.take(record, place);
      this.#signals.take(record, place);
      this.#money.take(record);
      if (record.event_type === 'position_change' || record.event_type === 'funding_payment') this.#report.bus(raw);
    });
  }

  /** The outcomes belong to signals: they are told anew as well. */
  #busAgain(): void {
    this.#signals = new SignalsBook();
    this.#money = new MoneyBook(WINDOW_MS);
    this.#moments = new BusMoments(this.#bus);
    this.#startUsd = null;
    this.#report.forgetBus();
    this.#shadow.forget();
    this.#shadowAgain();
  }

  /** Of these files only the verdicts are made: a line that is none of ours is looked at again, and not counted twice. */
  #reported(bytes: Buffer, take: (raw: unknown) => boolean): boolean {
    const checked = checkLine(bytes, 'record');
    return checked.kind === 'good' && take(checked.record);
  }

  #shadowLine(bytes: Buffer): boolean {
    const checked = checkLine(bytes, 'record');
    const outcome = shadowOutcome.safeParse(checked.kind === 'good' ? checked.record : null);
    return this.#known(outcome.data ?? null, (known) => {
      this.#signals.ended(known);
      this.#shadows.take(known);
      this.#shadowLast = Math.max(this.#shadowLast ?? 0, known.ts * 1000);
    });
  }

  #shadowAgain(): void {
    this.#signals.forgetShadows();
    this.#shadows = new ShadowSeries(WINDOW_MS);
    this.#shadowLast = null;
  }

  #ledgerLine(bytes: Buffer): boolean {
    const checked = checkLine(bytes, 'record');
    this.#lines++;
    const isKnown = this.#ledger.take(checked.kind === 'good' ? checked.record : null);
    if (!isKnown) this.#unread++;
    return isKnown;
  }
}
