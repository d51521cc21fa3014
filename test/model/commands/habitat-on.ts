/** A habitat on a real folder whose disk refuses on demand, and the one that comes after it when its process died. */
import { type HabitatOptions, type TestHabitat, testHabitat } from '../../actors/habitat.ts';
import { type Fault, faultyFiles } from '../../faults/faulty-files.ts';

export interface OnDisk {
  readonly habitat: TestHabitat;
  /** What the disk refuses; to be changed. */
  readonly faults: Fault[];
}

/** @param before whose folder and clock it goes on with; its disk is as full as it was */
export async function habitatOn(options: HabitatOptions = {}, before?: OnDisk): Promise<OnDisk> {
  const lists: Fault[][] = [];
  const at = before?.habitat.clock.now();
  const habitat = await testHabitat({
    ...options,
    ...(before ? { dir: before.habitat.dir } : {}),
    ...(at === undefined ? {} : { begun: (clock) => clock.advanceTo(at) }),
    files: (files) => {
      const disk = faultyFiles(files);
      disk.faults.push(...(before?.faults ?? []));
      lists.push(disk.faults);
      return disk;
    },
  });
  return { habitat, faults: lists[0] ?? [] };
}
