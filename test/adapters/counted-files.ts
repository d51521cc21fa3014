import type { Files } from '../../src/ports/files.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

/** Files that know which of them are open, and say when one is opened. */
export function countedFiles() {
  const open: string[] = [];
  let opened: (times: number) => void = () => undefined;
  let times = 0;
  return {
    /** Paths, as often as each is open. */
    open,
    /** @param told before each opening from now on: the how manieth it is */
    whenOpened: (told: (times: number) => void): void => {
      times = 0;
      opened = told;
    },
    wrap: (real: Files): Files => {
      const files = faultyFiles(real);
      return {
        ...files,
        openAppend: async (path, options) => {
          opened(++times);
          const handle = await files.openAppend(path, options);
          open.push(path);
          return {
            ...handle,
            close: async () => {
              open.splice(open.indexOf(path), 1);
              await handle.close();
            },
          };
        },
      };
    },
  };
}
