import { Account, type FeeRates } from './account.ts';
import { Agenda } from './agenda.ts';
import { refuse } from './api-error.ts';
import { Books } from './books.ts';
import { Conditionals } from './conditionals.ts';
import { DeadMan } from './dead-man.ts';
import type { Decimal } from './decimal.ts';
import type { AccountReason, EngineListener } from './engine-listener.ts';
import { Funding } from './funding.ts';
import { Liquidation } from './liquidation.ts';
import type { Market } from './market.ts';
import { Matching } from './matching.ts';

/** The exchange without its wires: prices in, orders in, and what becomes of them told to listeners. */
export class Engine {
  readonly market: Market;
  readonly account: Account;
  readonly books: Books;
  readonly agenda = new Agenda();
  readonly matching: Matching;
  readonly conditionals: Conditionals;
  readonly funding: Funding;
  readonly liquidation: Liquidation;
  readonly deadMan: DeadMan;

  constructor(market: Market, deposit: Decimal, fees: FeeRates, now: () => number) {
    this.market = market;
    this.account = new Account(market, deposit, fees);
    this.books = new Books(market, this.account, now);
    this.matching = new Matching(this.books);
    this.conditionals = new Conditionals(this.books, this.matching);
    this.funding = new Funding(this.books, this.agenda);
    this.liquidation = new Liquidation(this.books, this.matching);
    this.deadMan = new DeadMan(this.books, this.agenda, this.matching, this.conditionals);
    market.listen({ moved: (symbol) => this.#moved(symbol), barChanged: () => undefined });
    this.books.orderEnded = ({ orderId }) => this.conditionals.orderEnded(orderId);
  }

  listen(listener: EngineListener): void {
    this.books.listen(listener);
  }

  /** Does what is due by now. */
  tick(): void {
    this.agenda.run(this.books.now());
    this.market.closeDue(this.books.now());
  }

  setLeverage(symbol: string, leverage: number): void {
    const listing = this.market.listing(symbol);
    const most = listing.brackets[0]?.initialLeverage ?? 1;
    if (!Number.isInteger(leverage) || leverage < 1 || leverage > most)
      refuse(-4028, `Leverage ${leverage} is not valid`);
    const setting = this.account.setting(symbol);
    const position = this.account.position(symbol);
    if (leverage < setting.leverage && setting.marginType === 'ISOLATED' && !position.isFlat)
      refuse(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.');
    setting.leverage = leverage;
    this.books.tell((listener) => listener.leverageChanged(symbol, leverage));
  }

  setMarginType(symbol: string, marginType: 'ISOLATED' | 'CROSSED'): void {
    this.market.listing(symbol);
    const setting = this.account.setting(symbol);
    if (setting.marginType === marginType) refuse(-4046, 'No need to change margin type.');
    if (this.books.orders.open(symbol).length > 0)
      refuse(-4047, 'Margin type cannot be changed if there exists open orders.');
    if (!this.account.position(symbol).isFlat) refuse(-4048, 'Margin type cannot be changed if there exists position.');
    setting.marginType = marginType;
    this.#tellAccount('MARGIN_TYPE_CHANGE', symbol);
  }

  /** Stops are reached before what rests behind them, and liquidation takes what no stop has closed. */
  #moved(symbol: string): void {
    this.books.liquidity.renew(symbol);
    this.conditionals.moved(symbol);
    this.matching.moved(symbol);
    this.liquidation.moved(symbol);
  }

  #tellAccount(reason: AccountReason, symbol: string): void {
    this.books.tell((listener) => listener.accountChanged(reason, [symbol]));
  }
}
