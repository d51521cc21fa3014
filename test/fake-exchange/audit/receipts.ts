import type { Answer } from '../rest/answer.ts';
import type { ReceivedRequest, RequestListener } from '../rest/rest-server.ts';

/** An order or a stop that somebody asked for, as it was asked for, and what the exchange did. */
export interface Receipt {
  readonly kind: 'order' | 'stop';
  readonly clientId: string;
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly qty: string;
  readonly reduceOnly: boolean;
  /** How late it might have come, ms; `null` where it does not say. */
  readonly recvWindow: number | null;
  /** Exchange time, ms. */
  readonly at: number;
  /** `orderId` or `algoId`; null if it was refused, or never reached the exchange. */
  readonly id: number | null;
  /** Binance's code of the refusal. */
  readonly refused: number | null;
}

const KINDS: Readonly<Record<string, Receipt['kind']>> = {
  'POST /fapi/v1/order': 'order',
  'POST /fapi/v1/algoOrder': 'stop',
};
const endpoint = ({ method, path }: ReceivedRequest): string => `${method} ${path}`;

interface OrderAnswer {
  readonly orderId?: number;
  readonly algoId?: number;
  readonly clientOrderId?: string;
  readonly clientAlgoId?: string;
  readonly code?: number;
}
const bodyOf = ({ body }: Answer): OrderAnswer => (typeof body === 'object' && body !== null ? body : {});

/** Everything that was asked of the exchange. */
export class Receipts implements RequestListener {
  readonly orders: Receipt[] = [];
  readonly requests = new Map<string, number>();
  readonly hosts = new Set<string>();
  readonly refusals = new Map<number, number>();

  received(request: ReceivedRequest): void {
    const name = endpoint(request);
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
    this.hosts.add(request.host.replace(/:\d+$/, ''));
  }

  answered(request: ReceivedRequest, answer: Answer): void {
    const body = bodyOf(answer);
    const refused = answer.status === 200 ? null : (body.code ?? answer.status);
    if (refused !== null) this.refusals.set(refused, (this.refusals.get(refused) ?? 0) + 1);
    const kind = KINDS[endpoint(request)];
    if (!kind) return;
    const { params, at } = request;
    this.orders.push({
      kind,
      clientId: body.clientOrderId ?? body.clientAlgoId ?? params.newClientOrderId ?? params.clientAlgoId ?? '',
      symbol: params.symbol ?? '',
      side: params.side ?? '',
      type: params.type ?? '',
      qty: params.quantity ?? '',
      reduceOnly: params.reduceOnly === 'true' || params.closePosition === 'true',
      recvWindow: params.recvWindow === undefined ? null : Number(params.recvWindow),
      at,
      id: refused === null ? (body.orderId ?? body.algoId ?? null) : null,
      refused,
    });
  }

  /** Client ids that the exchange took more than once, and how often: each is an order too many. */
  takenTwice(): ReadonlyMap<string, number> {
    const taken = Map.groupBy(
      this.orders.filter(({ id }) => id !== null),
      ({ kind, clientId }) => `${kind} ${clientId}`,
    );
    return new Map(
      [...taken].filter(([, all]) => all.length > 1).map(([key, all]) => [all[0]?.clientId ?? key, all.length]),
    );
  }
}
