import { describe, expect, it } from 'vitest';
import { LEDGER_FILE } from '../../../src/actors/healing-operator.ts';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import { fileQuarantine } from '../../../src/adapters/file-quarantine.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import { aLife, watched } from './watched.ts';

describe('lines-are-ended-first', () => {
  const appended = async (
    stands: string,
    ours: string,
    looks = 2,
    meanwhile: (law: ReturnType<typeof watched>) => void = () => undefined,
  ) => {
    const law = watched('lines-are-ended-first');
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.from(stands));
    const handle = await law.disk.files().openAppend(SIGNAL_BUS_FILE, { create: false });
    await law.look(aLife().life, looks);
    meanwhile(law);
    await handle.append(Buffer.from(ours));
    return law.found;
  };

  it('finds a record that becomes a part of a line without an end', async () => {
    expect(await appended('{"torn":', '{"n":1}\n')).toHaveLength(1);
    expect(await appended('{"n":1}\n{"torn":', '{"n":2}\n')).toHaveLength(1);
    expect(await appended('{"torn":', '   {"n":1}\n')).toHaveLength(1);
    expect(await appended('{"torn":', '     ')).toHaveLength(1);
  });

  it('finds nothing where the line was ended, is blank, or came only now', async () => {
    expect(await appended('{"n":1}\n', '{"n":2}\n')).toEqual([]);
    expect(await appended('', '{"n":2}\n')).toEqual([]);
    expect(await appended('{"torn":', '\n')).toEqual([]);
    // What of it was blanked, and cut off, is put back.
    expect(await appended('{"torn":', '     \n')).toEqual([]);
    expect(await appended('{"n":1}\n    ', '{"n":2}\n')).toEqual([]);
    expect(await appended('{"torn":', '{"n":1}\n', 1)).toEqual([]);
    expect(
      await appended('{"n":1}\n', '{"n":2}\n', 2, ({ disk }) => disk.append(SIGNAL_BUS_FILE, Buffer.from('{'))),
    ).toEqual([]);
  });

  it('knows the file that is open from another that bears its name', async () => {
    const replace = (law: ReturnType<typeof watched>) => law.disk.replace(SIGNAL_BUS_FILE, Buffer.from('{"torn":'));
    expect(await appended('{"n":1}\n', '{"n":2}\n', 0, replace)).toEqual([]);
  });
});

describe('records-stay', () => {
  const LOG = 'logs/exit_runtime_events.jsonl';
  const FOREIGN_RECORD = '{"event_type":"foreign","ts":1}';
  /** Looks at a log of two records of its owner's and one of somebody else's, and at what is left of it. */
  const left = async (stands: string) => {
    const law = watched('records-stay');
    const { life } = aLife();
    law.disk.replace(LOG, Buffer.from(`{"n":1}\n${FOREIGN_RECORD}\n{"n":2}\n`));
    await law.look(life, 1);
    law.disk.inode(LOG)?.cut(0);
    law.disk.append(LOG, Buffer.from(stands));
    await law.look(life, 100);
    return law.found;
  };

  it("finds a record of its owner's that somebody cut off and nobody put back", async () => {
    expect(await left('{"n":1}\n')).toHaveLength(1);
    expect(await left(`{"n":1}\n${FOREIGN_RECORD}\n`)).toHaveLength(1);
  });

  it('finds what others wrote into the log itself, and not what they wrote into a file that they had put in its place', async () => {
    const law = watched('records-stay');
    const { life } = aLife();
    law.disk.replace(LOG, Buffer.from('{"n":1}\n'));
    const log = law.disk.inode(LOG);
    if (log)
      law.told.called({ operation: 'append', path: LOG, appends: { bytes: Buffer.alloc(0), to: log } }, 'exitGates');
    law.disk.replace(LOG, Buffer.from(`{"n":1}\n${FOREIGN_RECORD}\n`));
    await law.look(life, 1);
    law.disk.replace(LOG, Buffer.from('{"n":1}\n'));
    await law.look(life, 100);
    expect(law.found).toEqual([]);
    const again = law.disk.inode(LOG);
    if (again)
      law.told.called({ operation: 'append', path: LOG, appends: { bytes: Buffer.alloc(0), to: again } }, 'exitGates');
    law.disk.append(LOG, Buffer.from(`${FOREIGN_RECORD}\n`));
    await law.look(life, 1);
    law.disk.replace(LOG, Buffer.from('{"n":1}\n'));
    await law.look(life, 100);
    expect(law.found).toHaveLength(1);
  });

  it('finds nothing where all of them are back: what others had written the file alone knew', async () => {
    expect(await left(`{"n":1}\n${' '.repeat(FOREIGN_RECORD.length)}\n{"n":2}\n\n`)).toEqual([]);
  });
});

it('records-stay finds nothing in a record that was written over before the rest was cut off and put back', async () => {
  const law = watched('records-stay');
  const { life } = aLife();
  const LOG = 'logs/exit_runtime_events.jsonl';
  law.disk.replace(LOG, Buffer.from('{"n":1}\n{"n":2}\n       \n'));
  await law.look(life, 1);
  law.damaged.add(LOG);
  law.disk.damage(LOG, 0, Buffer.from('#######'));
  await law.look(life, 1);
  law.disk.inode(LOG)?.cut(8);
  await law.look(life, 1);
  law.disk.append(LOG, Buffer.from('{"n":2}\n'));
  await law.look(life, 100);
  expect(law.found).toEqual([]);
  law.disk.inode(LOG)?.cut(8);
  await law.look(life, 100);
  expect(law.found).toHaveLength(1);
});

describe('records-stay, where somebody writes into records', () => {
  const LOG = 'logs/exit_runtime_events.jsonl';
  type Law = ReturnType<typeof watched>;
  /** The key of the first or second record is another, and it is an object still. */
  const spoil = (record: 1 | 2) => (law: Law) => {
    law.damaged.add(LOG);
    law.disk.damage(LOG, record * 8 - 6, Buffer.from('#'));
  };
  const cutSecondOff = ({ disk }: Law) => disk.inode(LOG)?.cut(8);
  const append = (bytes: string) => (law: Law) => law.disk.append(LOG, Buffer.from(bytes));
  const replaceBy = (bytes: string) => (law: Law) => law.disk.replace(LOG, Buffer.from(bytes));
  /** Two records of its owner's, and an end of somebody else's that nobody remembers; between two looks all of one list is done. */
  const foundAfter = async (...done: readonly (readonly ((law: Law) => void)[])[]) => {
    const law = watched('records-stay');
    const { life } = aLife();
    replaceBy('{"n":1}\n{"n":2}\n\n')(law);
    await law.look(life, 1);
    for (const all of done) {
      for (const act of all) act(law);
      await law.look(life, 1);
    }
    await law.look(life, 100);
    return law.found.join();
  };

  it('finds nothing where what was an object still is put back as its owner wrote it (twelve hours, seeds 1080 and 1303)', async () => {
    expect(await foundAfter([spoil(2)], [cutSecondOff], [append('{"n":2}\n')])).toBe('');
    expect(await foundAfter([spoil(2), append('{"n":3}\n')], [cutSecondOff], [append('{"n":2}\n \n{"n":3}\n')])).toBe(
      '',
    );
  });

  it('finds nothing where somebody cuts off the rest within the same look, or before', async () => {
    expect(await foundAfter([spoil(1), cutSecondOff], [append('{"n":2}\n')])).toBe('');
    expect(await foundAfter([cutSecondOff], [spoil(1), append('{"n":2}\n')])).toBe('');
  });

  it('finds the others that are not put back, and what was put back and is gone again', async () => {
    expect(await foundAfter([spoil(1), cutSecondOff])).toContain('{"n":2}');
    expect(await foundAfter([spoil(2)], [cutSecondOff], [append('{"n":2}\n')], [cutSecondOff])).toContain('{"n":2}');
    expect(await foundAfter([spoil(2), append('{"n":3}\n')], [cutSecondOff])).toContain('{"n":3}');
  });

  it('finds a record that somebody wrote into in another file of this name', async () => {
    expect(await foundAfter([replaceBy('{"n":1}\n'), spoil(1)], [replaceBy('{"n":2}\n')])).toContain('{"n":1}');
  });

  it('finds nothing where its owner has made that file', async () => {
    const make = (law: Law) => {
      law.told.called({ operation: 'write', path: LOG }, 'exitGates');
      replaceBy('{"n":1}\n{"n":2}\n')(law);
    };
    expect(await foundAfter([make, spoil(1)], [replaceBy('{"n":2}\n')])).toBe('');
  });
});

describe('blanked-is-kept', () => {
  const LINE = '###garbage###';
  /** A bad line is set aside, something else happens, and then it is blanked. */
  const blanked = async (kept: string, meanwhile: (law: ReturnType<typeof watched>) => void = () => undefined) => {
    const law = watched('blanked-is-kept');
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.from(`{"n":1}\n${LINE}\n`));
    const files = law.disk.files();
    const handle = await files.openAppend(SIGNAL_BUS_FILE, { create: false });
    await fileQuarantine(files, new VirtualClock(0)).keep(SIGNAL_BUS_FILE, 8, Buffer.from(kept), 'a test');
    meanwhile(law);
    await handle.overwrite(8, Buffer.alloc(LINE.length, ' ')).catch(() => undefined);
    return law.found;
  };

  it('finds bytes that are in no entry, or not as they stand', async () => {
    expect(await blanked('something else')).toHaveLength(1);
    expect(await blanked(LINE.slice(0, -1))).toHaveLength(1);
    expect(await blanked(LINE, ({ disk }) => disk.damage(SIGNAL_BUS_FILE, 10, Buffer.from('?')))).toHaveLength(1);
  });

  it('finds nothing where they are kept, also where somebody cuts the line off between the keeping and the blanking', async () => {
    expect(await blanked(LINE)).toEqual([]);
    expect(await blanked(LINE, ({ disk }) => disk.inode(SIGNAL_BUS_FILE)?.cut(8 + 4))).toEqual([]);
  });
});

describe('what-is-told-is-in-the-ledger', () => {
  const told = async (ledger: string, looks: number, trouble = false) => {
    const law = watched('what-is-told-is-in-the-ledger');
    law.disk.replace(LEDGER_FILE, Buffer.from(ledger));
    if (trouble) law.disk.suffer({ refusing: 'ENOSPC' });
    const { life, recorded } = aLife();
    law.told.born(life);
    recorded.next({ incident_id: 'INC-1', status: 'failed' });
    await law.look(life, looks);
    return law.found;
  };

  it('finds an incident of which the ledger does not tell what was told', async () => {
    expect(await told('', 60)).toHaveLength(1);
    expect(
      await told('{"incident_id":"INC-1","status":"open"}\n{"incident_id":"INC-2","status":"failed"}\n', 60),
    ).toHaveLength(1);
  });

  it('finds nothing where it is there, before its time, or where the disk refuses it', async () => {
    expect(await told('{"incident_id":"INC-1","severity":"high","status":"failed"}\n', 60)).toEqual([]);
    expect(await told('', 59)).toEqual([]);
    expect(await told('', 600, true)).toEqual([]);
  });
});

describe('nobody-enters-unasked', () => {
  const entries = async (open: boolean, answers: number) => {
    const law = watched('nobody-enters-unasked');
    const { life } = aLife({ safetyLayer: { context: { entries: { open, why: '' } } } });
    law.exchange.answers = 3;
    law.told.born(life);
    law.exchange.answers += answers;
    await law.look(life, 2);
    return law.found;
  };

  it('finds entries that are open before the exchange has told a new process anything, once', async () => {
    expect(await entries(true, 0)).toHaveLength(1);
  });

  it('finds nothing where they are closed, or where it has told', async () => {
    expect(await entries(false, 0)).toEqual([]);
    expect(await entries(true, 1)).toEqual([]);
  });
});
