/** What orders are called: derived from the signal, so that the same intent has the same name after a crash. */

/** Prefix of all client order ids of this bot. */
export const OURS = 'k-';
/** Prefix of the ids under which the exchange closes a position by force. */
export const LIQUIDATION = 'liquidation-';

const SIGNAL_ID = /^(.+)_(\d+)_([0-9a-f]{8})$/;
const NUMBERED = /^(k-.+)-([XS])(\d+)$/;

/**
 * The part of a client order id that names the signal: at most 28 characters of those exchanges allow
 * (`^[.A-Z:/a-z0-9_-]{1,36}$`). The time is in base 36.
 */
function baseOf(signalId: string): string {
  const [, symbol = '', ms = '', chance = ''] = SIGNAL_ID.exec(signalId) ?? [];
  const base = symbol ? `${symbol.slice(0, 10)}-${Number(ms).toString(36)}-${chance}` : signalId;
  return base.replace(/[^.A-Z:/a-z0-9_-]/g, '-').slice(-28);
}

export const entryId = (signalId: string): string => `${OURS}${baseOf(signalId)}-E`;
/** @param n counts the exits of a signal from 1 */
export const exitId = (signalId: string, n: number): string => `${OURS}${baseOf(signalId)}-X${n}`;
/** @param n counts the stops of a signal from 1 */
export const stopId = (signalId: string, n: number): string => `${OURS}${baseOf(signalId)}-S${n}`;

/** The number at the end of an exit's or a stop's id; 0 where there is none. */
export const numberIn = (clientOrderId: string): number => Number(NUMBERED.exec(clientOrderId)?.[3] ?? 0);

export const isStopId = (clientOrderId: string): boolean => NUMBERED.exec(clientOrderId)?.[2] === 'S';

/** What an id of ours would be, if it is an exit or a stop of this signal. */
export function purposeFor(signalId: string, clientOrderId: string): 'exit' | 'stop' | null {
  const [, stem, letter] = NUMBERED.exec(clientOrderId) ?? [];
  if (stem !== `${OURS}${baseOf(signalId)}`) return null;
  return letter === 'X' ? 'exit' : 'stop';
}
