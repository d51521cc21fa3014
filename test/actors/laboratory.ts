/** A habitat whose disk refuses on demand, and where something can happen in the middle of a write. */
import { afterEach } from 'vitest';
import type { Direction, Signal } from '../../src/machines/messages.ts';
import { type Fault, faultyFiles } from '../faults/faulty-files.ts';
import { type HabitatOptions, type TestHabitat, testHabitat } from './habitat.ts';
import { features } from './samples.ts';

export type Laboratory = Awaited<ReturnType<ReturnType<typeof laboratories>>>;

/** Makes laboratories that end with their test. */
export function laboratories() {
  const open: TestHabitat[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.end();
  });
  return async (options: Omit<HabitatOptions, 'files'> = {}) => {
    const disks: ReturnType<typeof faultyFiles>[] = [];
    const meanwhile = new Map<string, () => void>();
    const h = await testHabitat({
      ...options,
      files: (files) => {
        const disk = faultyFiles(files);
        disks.push(disk);
        return {
          ...disk,
          openAppend: async (path, how) => {
            const handle = await disk.openAppend(path, how);
            return {
              ...handle,
              append: (bytes) => {
                const happens = meanwhile.get(path);
                meanwhile.delete(path);
                happens?.();
                return handle.append(bytes);
              },
            };
          },
        };
      },
    });
    open.push(h);
    return {
      ...h,
      refuse: (path: Fault['path'], operation: Fault['operation'] = 'append', short = 0) => {
        for (const { faults } of disks) faults.push({ operation, path, code: 'ENOSPC', short });
      },
      accept: () => {
        for (const { faults } of disks) faults.length = 0;
      },
      /** How often something was tried on the disk. */
      tried: (operation: Fault['operation'], path: string) =>
        disks.flatMap(({ log }) => log).filter((line) => line === `${operation} ${path}`).length,
      /** Happens once, when the next append to a file has begun and not reached the disk yet. */
      whileWriting: (path: string, happens: () => void) => {
        meanwhile.set(path, happens);
      },
      text: async (path: string) => new TextDecoder().decode((await h.world.files.read(path)) ?? undefined),
      put: (path: string, content: string) => h.world.files.writeWhole(path, new TextEncoder().encode(content)),
      /** A signal of now. */
      signal: (name: string, change: Partial<Signal> & { readonly direction?: Direction } = {}): Signal => {
        const { symbol = 'BTCUSDT', at = h.clock.now(), price = 100_000 } = change;
        return {
          signalId: `${symbol}_${at}_${name}`,
          symbol,
          direction: 'LONG',
          strategy: 'ema_cross',
          confidence: 0.6,
          reason: 'a test',
          at,
          price,
          features: features({ symbol, at, price }),
          ...change,
        };
      },
    };
  };
}

/** An order of the healer's. */
export const ordered = { incident: 'i-1', reason: 'a test', from: 'healingOperator' } as const;
export const repairing = (target: string) => ({
  type: 'REPAIR',
  target,
  evidence: { says: '', figures: {} },
  ...ordered,
});
