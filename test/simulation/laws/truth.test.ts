import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { sequencedLine } from '../../../src/adapters/log-line.ts';
import type { Position } from '../../../src/machines/messages.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { Life } from '../../../src/sim/life.ts';
import { NOW, position } from '../../actors/samples.ts';
import { aLife, watched } from './watched.ts';

const HELD = position({ qty: 1 });

/** A bot that says it is green, on a clock of its own. */
function greenLife(): { readonly life: Life; readonly clock: { at: number; now: () => number } } {
  const clock = { at: NOW, now: () => clock.at };
  const { bot } = aLife().life;
  const board = { startedAt: NOW, component: () => ({ status: 'green' }), findings: () => new Map() };
  const { mailboxes } = bot;
  const ref = (id: string) => {
    const { getSnapshot } = mailboxes.ref(id) as unknown as { getSnapshot: () => object };
    return { getSnapshot: () => ({ ...getSnapshot(), matches: () => false }) };
  };
  const life = {
    clock,
    world: { clock, pace: { sweepMs: 60_000 } },
    bot: {
      board: { ...board, openIncidents: () => [] },
      invariants: [],
      healing: null,
      root: { getSnapshot: () => ({ context: { children: [] } }) },
      mailboxes: { ...mailboxes, ref },
    },
  };
  return { life: life as unknown as Life, clock };
}

const recordOf = (seq: number, change: string, now: Position): LogRecord => {
  const filled = { fill_id: `F${seq}`, fill: { at: NOW }, gate: null, position: now, closed: null };
  const times = { ts: NOW / 1_000, timestamp: new Date(NOW).toISOString() };
  const ids = { event_type: 'position_change', event_id: `e${seq}`, signal_id: now.signalId };
  return { ...ids, change, ...filled, ...times };
};
const OPENED = recordOf(1, 'opened', HELD);
const CLOSED = recordOf(2, 'closed', { ...HELD, qty: 0 });
type Law = ReturnType<typeof watched>;
/** What was written, and whoever wrote it was told. */
const acknowledged = ({ disk, told }: Law): void => {
  disk.append(SIGNAL_BUS_FILE, Buffer.from(sequencedLine(OPENED, 1)));
  told.acknowledged(OPENED);
};

describe('green-is-true', () => {
  const found = async (minutes: number, arrange: (law: Law) => void) => {
    const law = watched('green-is-true');
    const { life, clock } = greenLife();
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.alloc(0));
    arrange(law);
    for (let minute = 0; minute <= minutes; minute++, clock.at += 60_000) await law.look(life, 1);
    return law.found;
  };

  it('finds that more or less is held than the log says, and not before it could be found out', async () => {
    expect(await found(12, acknowledged)).toEqual(['it is green, but of BTCUSDT 1 is booked, and 0 is held']);
    expect(await found(11, acknowledged)).toEqual([]);
    expect(await found(12, ({ exchange }) => exchange.net.set('BTCUSDT', 1))).toHaveLength(1);
  });

  it('goes by what stands in the log, though whoever wrote it died before he was told', async () => {
    const last = Buffer.from(sequencedLine(CLOSED, 2));
    const behind = (bytes: Buffer) => (law: Law) => {
      acknowledged(law);
      law.disk.append(SIGNAL_BUS_FILE, bytes);
    };
    expect(await found(30, behind(last))).toEqual([]);
    expect(await found(12, behind(last.subarray(0, -2)))).toHaveLength(1);
  });

  it('finds nothing where both are the same, or others destroyed some of the log', async () => {
    const held = (law: Law) => {
      acknowledged(law);
      law.exchange.net.set('BTCUSDT', 1);
    };
    expect(await found(30, held)).toEqual([]);
    const damaged = (law: Law) => {
      acknowledged(law);
      law.damaged.add(SIGNAL_BUS_FILE);
    };
    expect(await found(30, damaged)).toEqual([]);
  });
});
