import { faultOf } from '../../src/adapters/node-files.ts';
import type { AppendHandle, Files } from '../../src/ports/files.ts';

/** What goes wrong, and where. `code` is the system's, e.g. ENOSPC. `short` bytes are written before it does. */
export interface Fault {
  readonly operation: 'append' | 'sync' | 'overwrite' | 'writeWhole' | 'createNew' | 'openAppend' | 'writable';
  readonly path: string | RegExp;
  readonly code: string;
  readonly short?: number;
}

/** Files that fail where they are told to, with real files below. */
export function faultyFiles(files: Files): Files & { faults: Fault[]; log: string[] } {
  const faults: Fault[] = [];
  const log: string[] = [];
  const matching = (operation: Fault['operation'], path: string): Fault | undefined => {
    log.push(`${operation} ${path}`);
    return faults.find(
      (one) => one.operation === operation && (typeof one.path === 'string' ? one.path === path : one.path.test(path)),
    );
  };
  const check = (operation: Fault['operation'], path: string): void => {
    const fault = matching(operation, path);
    if (fault) throw faultOf(operation, path, Object.assign(new Error(fault.code), { code: fault.code }));
  };
  const wrap = (handle: AppendHandle): AppendHandle => ({
    path: handle.path,
    append: async (bytes) => {
      const fault = matching('append', handle.path);
      if (!fault) return handle.append(bytes);
      if (fault.short) await handle.append(bytes.subarray(0, fault.short));
      throw faultOf('append to', handle.path, Object.assign(new Error(fault.code), { code: fault.code }));
    },
    sync: async () => {
      check('sync', handle.path);
      return handle.sync();
    },
    stat: () => handle.stat(),
    read: (offset, length) => handle.read(offset, length),
    readInto: (target, offset) => handle.readInto(target, offset),
    overwrite: async (offset, bytes) => {
      check('overwrite', handle.path);
      return handle.overwrite(offset, bytes);
    },
    close: () => handle.close(),
  });
  return {
    ...files,
    faults,
    log,
    writable: async (path) => (matching('writable', path) ? false : files.writable(path)),
    openAppend: async (path, options) => {
      check('openAppend', path);
      return wrap(await files.openAppend(path, options));
    },
    writeWhole: async (path, bytes) => {
      check('writeWhole', path);
      return files.writeWhole(path, bytes);
    },
    createNew: async (path, bytes) => {
      check('createNew', path);
      return files.createNew(path, bytes);
    },
  };
}
