import type { AppendHandle, Files } from '../../src/ports/files.ts';

/**
 * Files in a process that dies at its n-th call that changes the disk: before the call, or, where it writes bytes,
 * half-way through them. `calls` counts them, so that every one can be tried, and `halves` are the numbers of those that can be half.
 */
export interface Killing {
  readonly files: Files;
  readonly calls: () => number;
  readonly halves: readonly number[];
  /** Whether the death came, where whoever gave it lives on. */
  readonly isOver: () => boolean;
  /** What the system does when a process is no more: closes its files. */
  bury(): Promise<void>;
}

/** As the system does it: nothing after it is done. */
async function sigkill(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

const forEver = (): Promise<never> => new Promise(() => undefined);

/**
 * @param die what the death is: a SIGKILL of this process, unless told otherwise. One that returns ends what uses the files all the
 * same: no call of theirs is made from then on, and none is answered.
 */
export function killingFiles(
  files: Files,
  {
    at,
    halfway,
    die: told = sigkill,
  }: { readonly at: number; readonly halfway: boolean; readonly die?: () => Promise<unknown> },
): Killing {
  let calls = 0;
  let isOver = false;
  const halves: number[] = [];
  const open = new Set<AppendHandle>();
  const die = (): Promise<never> => {
    isOver = true;
    void told();
    return forEver();
  };
  /** For the dead nothing is done, and they learn nothing. */
  const ofTheLiving = <T extends object>(of: T): T =>
    new Proxy(of, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => (isOver ? forEver() : value.apply(from, given));
      },
    });
  /** @returns whether this call, which cannot be half, is the one */
  const isTheOne = (): boolean => ++calls === at;
  /** @returns whether this call, which writes bytes, is the one */
  const isTheOneOfBytes = (): boolean => {
    halves.push(calls + 1);
    return isTheOne();
  };
  /** @param half makes half of the call */
  const dieAt = async (half: () => Promise<unknown>): Promise<never> => {
    if (halfway) await half();
    return die();
  };
  const wrap = (handle: AppendHandle): AppendHandle => {
    open.add(handle);
    return ofTheLiving({
      path: handle.path,
      append: async (bytes) =>
        isTheOneOfBytes() ? dieAt(() => handle.append(bytes.subarray(0, bytes.length >> 1))) : handle.append(bytes),
      sync: async () => (isTheOne() ? die() : handle.sync()),
      stat: () => handle.stat(),
      read: (offset, length) => handle.read(offset, length),
      readInto: (target, offset) => handle.readInto(target, offset),
      overwrite: async (offset, bytes) =>
        isTheOneOfBytes()
          ? dieAt(() => handle.overwrite(offset, bytes.subarray(0, bytes.length >> 1)))
          : handle.overwrite(offset, bytes),
      close: async () => {
        open.delete(handle);
        return handle.close();
      },
    });
  };
  return {
    calls: () => calls,
    halves,
    isOver: () => isOver,
    bury: async () => {
      await Promise.all([...open].map((handle) => handle.close()));
    },
    files: ofTheLiving({
      ...files,
      openAppend: async (path, options) => {
        if (options.create && isTheOne()) return die();
        return wrap(await files.openAppend(path, options));
      },
      createNew: async (path, bytes) =>
        isTheOneOfBytes()
          ? dieAt(() => files.createNew(path, bytes.subarray(0, bytes.length >> 1)))
          : files.createNew(path, bytes),
      writeWhole: async (path, bytes) => {
        if (!isTheOneOfBytes()) return files.writeWhole(path, bytes);
        // A temporary file that was never renamed is what such a death leaves.
        return dieAt(() => files.createNew(`${path}.${calls}.tmp`, bytes.subarray(0, bytes.length >> 1)));
      },
      move: async (from, to) => (isTheOne() ? die() : files.move(from, to)),
      link: async (from, to) => (isTheOne() ? die() : files.link(from, to)),
    }),
  };
}
