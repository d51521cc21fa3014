import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_MODE, FOLDER_MODE, faultOf } from './node-files.ts';
import { insideOf } from './path-guard.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const NEWLINE = 0x0a;

/**
 * Appends one record to a file of lines, and is done when it is on the disk. For a process that writes a line in an hour;
 * who writes more has `jsonlLogs`. A line that somebody died over stays as it is, and this one begins on its own.
 * Throws `FileFault`.
 */
export function appendLine(root: string, path: string, record: Readonly<Record<string, unknown>>): void {
  try {
    const absolute = insideOf(root, path);
    fs.mkdirSync(dirname(absolute), { recursive: true, mode: FOLDER_MODE });
    const fd = fs.openSync(absolute, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, FILE_MODE);
    try {
      const { size } = fs.fstatSync(fd);
      const last = Buffer.alloc(1, NEWLINE);
      if (size > 0) fs.readSync(fd, last, 0, 1, size - 1);
      const bytes = Buffer.from(`${last[0] === NEWLINE ? '' : '\n'}${JSON.stringify(record)}\n`);
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw faultOf('append to', path, error);
  }
}
