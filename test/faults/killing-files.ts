import type { AppendHandle, Files } from '../../src/ports/files.ts';

/**
 * Files in a process that dies by SIGKILL at its n-th call that changes the disk: before the call, or, where it writes bytes,
 * half-way through them. `calls` counts them, so that every one can be tried, and `halves` are the numbers of those that can be half.
 */
export interface Killing {
  readonly files: Files;
  readonly calls: () => number;
  readonly halves: readonly number[];
}

export function killingFiles(
  files: Files,
  { at, halfway }: { readonly at: number; readonly halfway: boolean },
): Killing {
  let calls = 0;
  const halves: number[] = [];
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  };
  /** A call that cannot be half. */
  const whole = (): void => {
    calls++;
    if (calls === at) die();
  };
  /** @returns whether this call, which writes bytes, is the one, and is to be made half */
  const isHalf = (): boolean => {
    calls++;
    halves.push(calls);
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
      whole();
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
    halves,
    files: {
      ...files,
      openAppend: async (path, options) => {
        if (options.create) whole();
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
        whole();
        return files.move(from, to);
      },
      link: async (from, to) => {
        whole();
        return files.link(from, to);
      },
    },
  };
}
