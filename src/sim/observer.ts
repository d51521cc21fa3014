import type { AnyEventObject } from 'xstate';
import type { Fill, FundingPayment, Intent } from '../machines/messages.ts';
import type { BrokerPosition, OrderName, RestingOrder } from '../ports/broker.ts';
import type { LogRecord, LogVerdict } from '../ports/event-log.ts';
import type { Life } from './life.ts';
import type { DiskCall } from './sim-disk.ts';

/** What order an exchange was sent: as the bot meant it, and whether it got there. */
export interface OrderSent {
  readonly intent: Intent;
  /** It reached the exchange, and was not refused by a fault; what the exchange made of it is another matter. */
  readonly arrives: boolean;
}

/** An order that the exchange is asked to take back, and what rests there and is held before it is: both as of one moment. */
export interface CancelSent {
  readonly order: OrderName;
  readonly resting: readonly RestingOrder[];
  readonly held: Promise<readonly BrokerPosition[]>;
}

/** What a run leaves behind, read as a reader would. */
export interface Left {
  readonly bus: readonly LogRecord[];
  readonly verdict: LogVerdict;
  /** What the exchange holds, and what rests there. */
  readonly held: readonly BrokerPosition[];
  readonly resting: readonly RestingOrder[];
  /** Funding that it has paid and taken, oldest first: the newest of it. */
  readonly payments: readonly FundingPayment[];
}

/** Sees what happens in the simulated world, as it happens. Every hook is told before the bot is. */
export interface Observer {
  /** A process was started. */
  born?(life: Life): void;
  /** A process is dead, or was stopped. */
  died?(life: Life): void;
  /** The bus told somebody that a record is kept. */
  acknowledged?(record: LogRecord): void;
  sent?(order: OrderSent): void;
  /** The exchange refused an order that arrived, of itself: it knows nothing of it. */
  refused?(intent: Intent): void;
  /** The exchange was asked to take back an order. */
  cancelled?(cancel: CancelSent): void;
  filled?(fill: Fill): void;
  /** The exchange tells somebody in a process of a fill, and has so many left to tell: also those who listened once, and are no more. */
  notified?(fill: Fill, left: number): void;
  /** A call that changes the disk, and the actor behind it; `null` for nobody in particular. */
  called?(call: DiskCall, actor: string | null): void;
  /** An actor takes an event. */
  took?(actor: string, event: AnyEventObject): void;
  /** Some seconds have passed, and the bot is up. */
  looked?(life: Life): void;
  /** The faults are over, and nothing is broken any more. */
  rested?(life: Life): void;
  /** The bot was stopped cleanly, at rest: what it left is all there is. */
  ended?(left: Left): void;
}
