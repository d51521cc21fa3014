import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { aLife, watched } from './watched.ts';

describe('lines-are-ended-first', () => {
  const LOG = 'logs/exit_runtime_events.jsonl';
  /** A log of two records is cut off in the second, somebody writes without an end, two looks pass, and then this is appended. */
  const found = async (appended: (record: string) => string, behind = 0) => {
    const law = watched('lines-are-ended-first');
    const { life } = aLife();
    const record = '{"n":2,"text":"longer"}\n';
    law.disk.replace(LOG, Buffer.from('{"n":1}\n'));
    const append = (bytes: string): void => {
      const to = law.disk.inode(LOG);
      if (to)
        law.told.called({ operation: 'append', path: LOG, appends: { bytes: Buffer.from(bytes), to } }, 'exitGates');
      law.disk.append(LOG, Buffer.from(bytes));
    };
    append(record);
    // What else was cut off is put back with it, and may be much.
    const rest = Array.from({ length: behind }, (_, n) => `{"n":${n + 3}}\n`);
    for (const one of rest) append(one);
    law.disk.inode(LOG)?.cut(10);
    law.disk.append(LOG, Buffer.from('\n{"torn":'));
    await law.look(life, 2);
    append(appended(record) + rest.join(''));
    return law.found;
  };

  it('finds what is appended to a line without an end', async () => {
    expect(await found(() => '{"n":3}\n')).toHaveLength(1);
    expect(await found((record) => record)).toHaveLength(1);
  });

  it('finds nothing where that begins with an end, or is put back where it stood', async () => {
    expect(await found(() => '\n{"n":3}\n')).toEqual([]);
    expect(await found((record) => record.slice(11))).toEqual([]);
    expect(await found((record) => record.slice(11), 1_000)).toEqual([]);
  });
});

describe('acknowledged-stands-alone', () => {
  const RECORD = { event_type: 'state_change', event_id: 'e-1', signal_id: 's' };
  const found = (before: string, isDamaged = false) => {
    const law = watched('acknowledged-stands-alone');
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.from(`${before}${JSON.stringify(RECORD)}\n`));
    if (isDamaged) law.damaged.add(SIGNAL_BUS_FILE);
    law.told.acknowledged(RECORD);
    return law.found;
  };

  it("finds an event that is a part of somebody else's line", () => {
    for (const before of ['no record', '{"torn":', '{"n":1}\n{"event_type":"foreign"'])
      expect(found(before), before).toHaveLength(1);
  });

  it('finds nothing behind a line with an end, or blanks, nor where others destroyed bytes, nor of what is elsewhere', () => {
    for (const before of ['', '{"n":1}\n', 'no record\n   ']) expect(found(before), before).toEqual([]);
    expect(found('no record', true)).toEqual([]);
    const law = watched('acknowledged-stands-alone');
    law.told.acknowledged(RECORD);
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.from('no record'));
    law.told.acknowledged(RECORD);
    expect(law.found).toEqual([]);
  });
});
