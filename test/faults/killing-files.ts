import type { AppendHandle, Files } from '../../src/ports/files.ts';

/**
 * Files in a process that dies by SIGKILL at its n-th call that changes the disk: before the call, or, where it writes bytes,
 * half-way through them. `calls` counts them, so that every one can be tried.
 */
export interface Killing {
  readonly files: Files;
  readonly calls: () => number;
}

export function killingFiles(
  files: Files,
  { at, halfway }: { readonly at: number; readonly halfway: boolean },
): Killing {
  let calls = 0;
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  };
  /** @returns whether this call is the one, and is to be made half */
  const isHalf = (): boolean => {
    calls++;
    if (calls !== at) return false;
    return halfway ? true : die();
  };
  const wrap = (handle: AppendHandle): AppendHandle => ({
    path: handle.path,
    append: async (bytes) => {
      if (!isHalf()) return handle.append(bytes);
      await handle.append(bytes.subarray(0, bytes.length >> 1));
      return die();
    },
    sync: async () => {
      if (isHalf()) die();
      return handle.sync();
    },
    stat: () => handle.stat(),
    read: (offset, length) => handle.read(offset, length),
    readInto: (target, offset) => handle.readInto(target, offset),
    overwrite: async (offset, bytes) => {
      if (!isHalf()) return handle.overwrite(offset, bytes);
      await handle.overwrite(offset, bytes.subarray(0, bytes.length >> 1));
      return die();
    },
    close: () => handle.close(),
  });
  return {
    calls: () => calls,
    files: {
      ...files,
      openAppend: async (path, options) => {
        if (options.create && isHalf()) die();
        return wrap(await files.openAppend(path, options));
      },
      createNew: async (path, bytes) => {
        if (!isHalf()) return files.createNew(path, bytes);
        await files.createNew(path, bytes.subarray(0, bytes.length >> 1));
        return die();
      },
      writeWhole: async (path, bytes) => {
        if (!isHalf()) return files.writeWhole(path, bytes);
        // A temporary file that was never renamed is what such a death leaves.
        await files.createNew(`${path}.${calls}.tmp`, bytes.subarray(0, bytes.length >> 1));
        return die();
      },
      move: async (from, to) => {
        if (isHalf()) die();
        return files.move(from, to);
      },
      link: async (from, to) => {
        if (isHalf()) die();
        return files.link(from, to);
      },
    },
  };
}
