import {
  appendFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LogTail, numbered, oneFile, sealedBeside } from '../../src/adapters/log-tail.ts';
import { SEGMENT_SPAN } from '../../src/ports/event-log.ts';
import { freshFolder } from '../cli/cli.ts';

const LOG = 'logs/bus.jsonl';

/** A log in a folder of its own, and what its reader was told; lines that begin with `?` are no records. */
function tailed(segments = sealedBeside(LOG)) {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  const tail = new LogTail(dir, segments);
  const lines: string[] = [];
  const places: number[] = [];
  let again = 0;
  const read = (): readonly string[] => {
    tail.read({
      line: (bytes, place) => {
        const text = bytes.toString();
        lines.push(text);
        places.push(place);
        return !text.startsWith('?') && text.trim() !== '';
      },
      again: () => {
        again++;
        lines.length = 0;
        places.length = 0;
      },
    });
    return [...lines];
  };
  const path = (name = LOG): string => join(dir, name);
  return { dir, tail, read, path, places, again: () => again, append: (text: string) => appendFileSync(path(), text) };
}

describe('a log that somebody else writes', () => {
  it('is not there yet, and is read from its beginning when it is', () => {
    const { read, append } = tailed();
    expect(read()).toEqual([]);
    append('a\nb\n');
    expect(read()).toEqual(['a', 'b']);
    append('c\n');
    expect(read()).toEqual(['a', 'b', 'c']);
  });

  it('has every record once while its rotation has only come half-way, and goes on when it is finished', () => {
    const { read, append, path, places, again } = tailed();
    append('a\nb\n');
    expect(read()).toEqual(['a', 'b']);
    const sealed = path('logs/bus-000001.jsonl');
    linkSync(path(), sealed);
    append('c\n');
    expect(read()).toEqual(['a', 'b', 'c']);
    const late = new LogTail(dirname(dirname(path())), sealedBeside(LOG));
    const heard: string[] = [];
    late.read({ line: (bytes) => heard.push(bytes.toString()) > 0, again: () => undefined });
    expect(heard).toEqual(['a', 'b', 'c']);
    rmSync(path());
    append('d\n');
    expect(read()).toEqual(['a', 'b', 'c', 'd']);
    expect(places).toEqual([0, 2, 4, SEGMENT_SPAN]);
    expect(again()).toBe(0);
  });

  it('has a torn tail, which is a line only when it is whole', () => {
    const { read, append } = tailed();
    append('a\n{"tor');
    expect(read()).toEqual(['a']);
    append('n":1}\n');
    expect(read()).toEqual(['a', '{"torn":1}']);
  });

  it('goes on in a new segment between two looks: nothing is lost, nothing is told twice', () => {
    const { read, append, path, again } = tailed();
    append('a\n');
    read();
    append('b\n');
    renameSync(path(), path('logs/bus-000001.jsonl'));
    append('c\n');
    expect(read()).toEqual(['a', 'b', 'c']);
    append('d\n');
    renameSync(path(), path('logs/bus-000002.jsonl'));
    expect(read()).toEqual(['a', 'b', 'c', 'd']);
    append('e\n');
    expect(read()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(again()).toBe(0);
  });

  it('keeps the places of its lines when a segment gets another name', () => {
    const { read, append, path, places, tail } = tailed();
    append('a\nbb\n');
    read();
    renameSync(path(), path('logs/bus-000001.jsonl'));
    append('ccc\n');
    read();
    expect(places.map((place) => tail.at(place)?.toString())).toEqual(['a', 'bb', 'ccc']);
  });

  it('loses its oldest segments: what was read stays read, and their places say nothing', () => {
    const { read, append, path, places, tail, again } = tailed();
    append('a\n');
    renameSync(path(), path('logs/bus-000001.jsonl'));
    append('b\n');
    read();
    rmSync(path('logs/bus-000001.jsonl'));
    append('c\n');
    renameSync(path(), path('logs/bus-000002.jsonl'));
    append('d\n');
    expect(read()).toEqual(['a', 'b', 'c', 'd']);
    expect(again()).toBe(0);
    expect(tail.at(places[0] ?? 0)).toBe(null);
    expect(tail.at(places[1] ?? 0)?.toString()).toBe('b');
  });

  it('is shorter than what was read, or another file: it is told anew', () => {
    const { read, append, path, again } = tailed();
    append('a\nb\n');
    read();
    truncateSync(path(), 2);
    expect(read()).toEqual(['a']);
    rmSync(path());
    expect(read()).toEqual(['a']);
    append('x\ny\nz\n');
    expect(read()).toEqual(['x', 'y', 'z']);
    expect(again()).toBe(2);
  });

  it('is mended in place: what is blank now hides nothing, what is a record now is told', () => {
    const { read, append, path, again } = tailed();
    const first = 'a'.repeat(1_000);
    append(`${first}\n?bad\nc\n`);
    expect(read()).toEqual([first, '?bad', 'c']);
    const fd = openSync(path(), 'r+');
    writeSync(fd, '    ', 1_001);
    append('d\n');
    expect(read()).toEqual([first, '?bad', 'c', 'd']);
    expect(again()).toBe(0);
    writeSync(fd, 'good', 1_001);
    append('e\n');
    expect(read()).toEqual([first, 'good', 'c', 'd', 'e']);
    expect(again()).toBe(1);
  });

  it('has a line of 40 MB: it is passed over, and those around it are read', () => {
    const { read, append, tail } = tailed(oneFile(LOG));
    append('a\n');
    append('x'.repeat(40 << 20));
    expect(read()).toEqual(['a']);
    append('\nb\n');
    expect(read()).toEqual(['a', 'b']);
    expect(tail.tooLong).toBe(1);
    expect([...tail.from(0)].map(({ bytes }) => bytes.toString())).toEqual(['a', 'b']);
  });

  it('is a folder, or a pipe: it is no log, and nothing hangs', () => {
    const { dir, read } = tailed(oneFile(LOG));
    mkdirSync(join(dir, LOG));
    expect(read()).toEqual([]);
  });

  it('has numbered segments of which the oldest go', () => {
    const { dir, read } = tailed(numbered('logs', (name) => Number(/^s-(\d+)$/.exec(name)?.[1] ?? Number.NaN) || null));
    writeFileSync(join(dir, 'logs/s-9'), 'a\n');
    writeFileSync(join(dir, 'logs/s-10'), 'b\n');
    expect(read()).toEqual(['a', 'b']);
    rmSync(join(dir, 'logs/s-9'));
    writeFileSync(join(dir, 'logs/s-11'), 'c\n');
    expect(read()).toEqual(['a', 'b', 'c']);
  });
});
