/**
 * The peer of `npm run bench:log -- append` that has to be compiled: better-sqlite3, WAL and synchronous=FULL, the same records.
 * In a folder of its own, by any Node it can be built for: `npm install better-sqlite3 && node .../test/bench/better-sqlite3.cjs`.
 */
const fs = require('node:fs');
const path = require('node:path');
const Database = require(require.resolve('better-sqlite3', { paths: [process.cwd()] }));

const record = (n) => ({
  event_type: 'state_change',
  event_id: '5d5acb94-ee9f-4f49-b9c6-43f55e208564',
  signal_id: `BTCUSDT_${1_746_402_300_000 + (n >> 3)}_232e7c0b`,
  old_state: 'evaluating',
  new_state: n % 8 === 7 ? 'learned' : 'blocked',
  reason: 'RegimeFilter: the market is ranging',
  metadata: { blocker: 'RegimeFilter' },
  timestamp: '2025-05-04T23:45:00.000Z',
  ts: 1_746_402_300 + n / 10,
});
const RECORDS = Array.from({ length: 1_000 }, (_, n) => record(n));
const folder = fs.mkdtempSync(path.join(process.cwd(), 'bench-'));
for (const batch of [1, 10, 100, 1_000, 10_000]) {
  const count = Math.min(200_000, batch * 500);
  const rates = [];
  for (let round = 0; round < 3; round++) {
    const db = new Database(path.join(folder, `${batch}-${round}.sqlite`));
    db.pragma('journal_mode=WAL');
    db.pragma('synchronous=FULL');
    db.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, line TEXT)');
    const insert = db.prepare('INSERT INTO log (line) VALUES (?)');
    const commit = db.transaction((done) => {
      for (let i = 0; i < batch; i++) insert.run(JSON.stringify(RECORDS[(done + i) % 1_000]));
    });
    const began = performance.now();
    for (let done = 0; done < count; done += batch) commit(done);
    rates.push((count / (performance.now() - began)) * 1_000);
    db.close();
  }
  rates.sort((a, b) => a - b);
  console.log(`${batch} a commit`.padEnd(20), `${Math.round(rates[1]).toLocaleString('en-US')}/s`.padStart(12));
}
fs.rmSync(folder, { recursive: true });
