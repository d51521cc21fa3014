/** The trading actors before the paper broker, on a real bus; what befalls orders, the disk and the actors is told by the test. */
import { ESCALATION_FILE } from '../../../src/actors/healing-operator.ts';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import type { SubmitFault } from '../../../src/adapters/paper-broker.ts';
import type { EscalationState } from '../../../src/healing/kill-switch.ts';
import type { Direction, Intent } from '../../../src/machines/messages.ts';
import { bar } from '../../actors/habitat.ts';
import { type MAKERS, type TradingBot, tradingBot } from '../../actors/trading.ts';
import { type Fault, faultyFiles } from '../../faults/faulty-files.ts';

export const PRICES = { BTCUSDT: 100_000, ETHUSDT: 2_000 } as const;
export type Name = keyof typeof PRICES;
export type Part = keyof typeof MAKERS;

/** An order as it reached the exchange, and what held in that moment. */
export interface Submitted {
  readonly intent: Intent;
  readonly fault: SubmitFault;
  readonly killed: boolean;
}

/** What the exchange does with orders, and which it was sent. */
interface Orders {
  readonly submitted: Submitted[];
  readonly next: SubmitFault[];
  killed: boolean;
}

export class TradeBench {
  readonly #bot: TradingBot;
  readonly #faults: Fault[];
  readonly #prices = new Map<Name, number>(Object.entries(PRICES) as [Name, number][]);
  readonly #orders: Orders;

  private constructor(bot: TradingBot, faults: Fault[], orders: Orders) {
    this.#bot = bot;
    this.#faults = faults;
    this.#orders = orders;
  }

  static async begin(): Promise<TradeBench> {
    const lists: Fault[][] = [];
    const orders: Orders = { submitted: [], next: [], killed: false };
    const bot = await tradingBot({
      prices: PRICES,
      files: (files) => {
        const disk = faultyFiles(files);
        lists.push(disk.faults);
        return disk;
      },
      onSubmit: (intent) => {
        const fault = orders.next.shift() ?? 'ok';
        orders.submitted.push({ intent, fault, killed: orders.killed });
        return fault;
      },
    });
    return new TradeBench(bot, lists[0] ?? [], orders);
  }

  get submitted(): readonly Submitted[] {
    return this.#orders.submitted;
  }

  /** What becomes of the next orders that reach the exchange. */
  fates(faults: readonly SubmitFault[]): void {
    this.#orders.next.push(...faults);
  }

  /** From now on all goes well. */
  calm(): void {
    this.#orders.next.length = 0;
  }

  /** A signal is born, vetted, and approved if the safety layer lets it. */
  async enter(symbol: Name, direction: Direction): Promise<void> {
    const signal = await this.#bot.emit(symbol, direction, this.#prices.get(symbol) ?? 1);
    await this.#bot.transition(signal.signalId, 'evaluating');
    await this.#bot.post('safetyLayer', { type: 'VET', signal });
    const told = this.#bot.sent('decisionEngine', 'VETTED').findLast(({ signalId }) => signalId === signal.signalId);
    const passes = (told?.verdict as { passes: boolean } | undefined)?.passes ?? false;
    await this.#bot.transition(signal.signalId, passes ? 'approved' : 'blocked');
  }

  async exit(): Promise<void> {
    const [position] = (await this.#bot.fold()).open();
    if (!position) return;
    const { signalId, qty } = position;
    const exit = { type: 'EXIT', signalId, gate: 'tp1', reason: 'a test', price: 1, qty };
    await this.#bot.post('tradeExecution', exit);
  }

  async move(symbol: Name, by: number): Promise<void> {
    const price = Number(((this.#prices.get(symbol) ?? 1) * (1 + by)).toFixed(1));
    this.#prices.set(symbol, price);
    await this.#bot.tick([bar(symbol, price, this.#bot.clock.now())]);
  }

  async restart(part: Part, how: 'stop' | 'cut'): Promise<void> {
    await this.#bot.restart(part, how);
  }

  /** As healingOperator throws the switch: on disk and by word. */
  async kill(active: boolean): Promise<void> {
    const state: EscalationState = {
      soft_kill_switch_active: active,
      escalation_status: active ? 'soft_kill_switch' : 'normal',
      reason: active ? 'a test' : null,
      ...{ last_escalation: null, budgets: {}, recurrences: {}, last_updated: new Date(0).toISOString() },
    };
    await this.#bot.world.store.save(ESCALATION_FILE, state);
    await this.#bot.post('safetyLayer', { type: 'KILL', active, reason: active ? 'a test' : '' });
    // From here on; what the exchange was being told in that moment is past.
    this.#orders.killed = active;
  }

  refuse(): void {
    this.#faults.push({ operation: 'append', path: SIGNAL_BUS_FILE, code: 'ENOSPC' });
  }

  accept(): void {
    this.#faults.length = 0;
  }

  async wait(ms: number): Promise<void> {
    await this.#bot.advance(ms);
  }

  /** What a healer would do about books that differ. */
  async heal(): Promise<void> {
    const { differences } = this.#bot.snapshot('tradeExecution').context;
    if (!Array.isArray(differences) || differences.length === 0) return;
    const incident = `i-${this.#bot.clock.now()}`;
    const order = { incident, reason: 'r', from: 'healingOperator', evidence: { says: '', figures: {} } };
    await this.#bot.post('tradeExecution', { type: 'REPAIR', target: 'reconcile', ...order });
  }

  work() {
    return this.#bot.snapshot('tradeExecution').value.running?.work;
  }

  /** What is held: by the exchange, by the log, by the file. */
  async held() {
    const log = await this.#bot.fold();
    return { exchange: await this.#bot.held(), log: log.net(), listed: log, filed: await this.#bot.filed() };
  }

  bus() {
    return this.#bot.bus();
  }

  get complaints(): readonly string[] {
    return this.#bot.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  }

  async end(): Promise<void> {
    this.accept();
    await this.#bot.end();
  }
}
