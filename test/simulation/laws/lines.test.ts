import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { watched } from './watched.ts';

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
