import { expect, it } from 'vitest';
import { ALERTS_STATE_FILE } from '../../src/actors/alert-outbox.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Notice } from '../../src/ports/alerts.ts';
import { documentBytes } from '../../src/ports/store.ts';
import { drawScript } from '../../src/sim/draw-script.ts';
import { beginLife } from '../../src/sim/life.ts';
import { together } from '../../src/sim/observers.ts';
import { SimDisk } from '../../src/sim/sim-disk.ts';
import { Exchange } from '../../src/sim/world/exchange.ts';
import { Market } from '../../src/sim/world/market.ts';
import { Pager } from '../../src/sim/world/pager.ts';
import { Writers } from '../../src/sim/world/writers.ts';

it('a process that dies before it has begun tells nobody anything, also when the disk has the next one', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5));
  const observer = together([]);
  const disk = new SimDisk({ chance: () => 0.5 });
  const pager = new Pager(clock, seededChance(1));
  pager.steady();
  const exchange = await Exchange.open(clock, seededChance(1), observer);
  const mark = () => undefined;
  const market = new Market({
    ...{ symbols: ['BTCUSDT'], clock, chance: seededChance(1), tickMs: 60_000, since: 0, mark, quote: mark },
  });
  const at = clock.now() - 60_000;
  const notice: Notice = {
    ...{ level: 'CRITICAL', category: 'TEST', subject: 'a test', message: 'm', details: {}, action_required: 'none' },
    ...{ timestamp: at / 1000, timestamp_iso: new Date(at).toISOString(), first_at: new Date(at).toISOString() },
    ...{ id: 'alert_1', state: 'firing', count: 1 },
  };
  const waiting = { file: [notice], pager: [notice] };
  const left = { schema: 1, firing: [notice], waiting, undelivered: [], last_updated: new Date(at).toISOString() };
  const outside = {
    script: drawScript(1, { hours: 1 }),
    clock,
    disk,
    market,
    exchange,
    pager,
    observer,
    ahead: 0,
    epoch: 0,
  };
  const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
  const begin = (): void => void beginLife(outside, new Writers(mark, mark));

  disk.replace(ALERTS_STATE_FILE, Buffer.from(documentBytes(left)));
  // It is about to write the notice into its file; whoever is far away is told a second later.
  disk.dieAt(4);
  begin();
  await turn();
  expect(disk.dead).toBe(true);
  disk.revive();
  await clock.advanceAsync(10_000, turn);
  expect(pager.notices).toEqual([]);

  disk.dieAt(Number.POSITIVE_INFINITY);
  begin();
  await clock.advanceAsync(10_000, turn);
  expect(pager.notices.map(({ id }) => id)).toEqual(['alert_1']);
});
