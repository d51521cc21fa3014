import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import type { Fill } from '../../../src/machines/messages.ts';
import { position } from '../../actors/samples.ts';
import { aLife, watched } from './watched.ts';

const { symbol } = position();
const fill = (fillId: string): Fill => ({
  ...{ fillId, clientOrderId: 'k-1-E', orderId: '1', symbol, side: 'BUY', qty: 1, price: 99_000 },
  ...{ feeUsd: 0, complete: false, at: 0 },
});
const booking = (fillId: string) => ({
  type: 'APPEND',
  record: { event_type: 'position_change', fill_id: fillId, position: position() },
});
const POISONED = {
  type: 'APPEND',
  get record() {
    throw new Error('it cannot be read');
  },
};

/** The law in a life, and what it found once time has passed. */
function inALife(actors: Parameters<typeof aLife>[0] = {}) {
  const law = watched('fills-are-booked-at-once');
  const { life, clock, restart } = aLife(actors);
  law.told.born(life);
  const foundAt = (ms: number): readonly string[] => {
    clock.at = ms;
    law.told.looked(life);
    return law.found;
  };
  return { law, life, clock, restart, foundAt };
}

/** It is made, and told. */
const tell = ({ told }: ReturnType<typeof watched>, fillId: string): void => {
  told.filled(fill(fillId));
  told.notified(fill(fillId), 0);
};

describe('fills-are-booked-at-once', () => {
  interface Case {
    /** What reaches the bus at once. */
    readonly booked?: readonly { readonly type: string }[];
    readonly afterMs?: number;
    /** Of those who book it, when it is told. */
    readonly before?: Parameters<typeof aLife>[0];
    /** And afterwards. */
    readonly since?: Parameters<typeof aLife>[0];
    readonly isRestarted?: boolean;
    readonly damaged?: readonly string[];
  }
  const untold = ({ booked = [], afterMs = 150, before = {}, since = before, isRestarted, damaged = [] }: Case) => {
    const actors = { ...before };
    const { law, clock, restart } = inALife(actors);
    for (const path of damaged) law.damaged.add(path);
    tell(law, 'F1');
    for (const event of booked) law.told.took('signalBus', event);
    Object.assign(actors, since);
    if (isRestarted) restart('tradeExecution');
    clock.at = afterMs;
    law.told.took('heartbeat', { type: 'PROGRESS' });
    return law.found;
  };

  it('finds a fill that was told and is not booked, whatever else is', () => {
    expect(untold({})).toHaveLength(1);
    expect(untold({ booked: [booking('F2')] })).toHaveLength(1);
    expect(untold({ booked: [POISONED] })).toHaveLength(1);
  });

  it('finds it also where nobody takes anything until the next look, and says it once', async () => {
    const { law, life, clock } = inALife();
    tell(law, 'F1');
    clock.at = 10_000;
    await law.look(life, 2);
    expect(law.found).toHaveLength(1);
  });

  it('finds nothing where it is booked: whole, in pieces, or with all that is held', () => {
    expect(untold({ booked: [booking('F1')] })).toEqual([]);
    expect(untold({ booked: [booking('F1:2')] })).toEqual([]);
    expect(untold({ booked: [booking('reconciled-BTCUSDT-4')] })).toEqual([]);
  });

  it('finds nothing in the same moment, or where it was booked before it was told again', () => {
    expect(untold({ afterMs: 0 })).toEqual([]);
    const { law, foundAt } = inALife();
    tell(law, 'F1');
    law.told.took('signalBus', booking('F1'));
    law.told.notified(fill('F1'), 0);
    expect(foundAt(150)).toEqual([]);
  });

  it('finds nothing where somebody asked, and booked it before it was told at all', () => {
    const { law, foundAt } = inALife();
    law.told.took('signalBus', booking('F1:1'));
    tell(law, 'F1');
    expect(foundAt(150)).toEqual([]);
  });

  it('finds nothing where those who book it do not work, have mail, or were restarted since', () => {
    expect(untold({ before: { tradeExecution: { isOpen: false } } })).toEqual([]);
    expect(untold({ before: { tradeExecution: { isOpen: false } }, since: { tradeExecution: {} } })).toEqual([]);
    expect(untold({ since: { signalBus: { unprocessedSince: 0 } } })).toEqual([]);
    expect(untold({ since: { tradeExecution: { isOpen: false } } })).toEqual([]);
    expect(untold({ isRestarted: true })).toEqual([]);
  });

  it('finds nothing where it is told late, to those who listened when it was made and are no more', () => {
    const { law, restart, foundAt } = inALife();
    law.told.filled(fill('F1'));
    restart('tradeExecution');
    law.told.notified(fill('F1'), 0);
    expect(foundAt(150)).toEqual([]);
  });

  it('finds nothing before everybody is told: who is no more may hear of it first', () => {
    const { law, foundAt } = inALife();
    law.told.filled(fill('F1'));
    law.told.notified(fill('F1'), 1);
    expect(foundAt(150)).toEqual([]);
    law.told.notified(fill('F1'), 0);
    expect(foundAt(300)).toHaveLength(1);
  });

  it('finds nothing where what was made before it is told after it: there may be nothing to close yet', () => {
    const { law, foundAt } = inALife();
    law.told.filled(fill('F1'));
    tell(law, 'F2');
    expect(foundAt(150)).toEqual([]);
    law.told.notified(fill('F1'), 0);
    expect(foundAt(300)).toHaveLength(1);
  });

  it('finds nothing where somebody destroyed the log, or in another life', () => {
    expect(untold({ damaged: [SIGNAL_BUS_FILE] })).toEqual([]);
    const { law, life, foundAt } = inALife();
    tell(law, 'F1');
    law.told.born(life);
    expect(foundAt(150)).toEqual([]);
  });
});
