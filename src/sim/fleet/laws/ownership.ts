/** Who owns what: one at a time, taken over in time, and shared evenly. */
import type { FleetLaw, FleetScene } from './fleet-law.ts';

/** From the death of an owner, or the end of a fault, leases. */
const TAKEN_WITHIN_LEASES = 2;

/** Somebody has it who can do something with it. */
function isOwned({ tables, workers, server }: FleetScene, name: string): boolean {
  const row = tables.partitions.get(name);
  if (row === undefined || row.expires <= tables.now()) return false;
  const process = workers.find((worker) => worker.process?.name === row.owner)?.process;
  return process?.alive === true && !process.frozen && !server.cut.has(process);
}

const isAble = ({ workers, server }: FleetScene): boolean =>
  workers.some(({ process }) => process?.alive && !process.frozen && !server.cut.has(process));

export const OWNERSHIP_LAWS: readonly FleetLaw[] = [
  {
    id: 'one-owner-commits',
    says: 'after the first commit of an epoch there is none of an earlier one, and every epoch is claimed once',
    watch: (_, found) => {
      const latest = new Map<string, number>();
      const claimed = new Map<string, number>();
      return {
        claimed: ({ name, epoch }) => {
          if (epoch <= (claimed.get(name) ?? 0)) found(`epoch ${epoch} of ${name} was given away twice`);
          claimed.set(name, epoch);
        },
        committed: ({ partition, epoch }) => {
          const last = latest.get(partition) ?? 0;
          if (epoch < last) found(`${partition}: a commit of epoch ${epoch} after one of epoch ${last}`);
          if (epoch < (claimed.get(partition) ?? 0))
            found(
              `${partition}: a commit of epoch ${epoch}, and epoch ${claimed.get(partition)} was claimed before it`,
            );
          latest.set(partition, Math.max(last, epoch));
        },
      };
    },
  },
  {
    id: 'taken-over-in-time',
    says: 'a partition without an owner that can act has one within two leases after the fault, where anybody can act',
    watch: (scene, found) => {
      const wellAt = new Map<string, number>();
      const within = TAKEN_WITHIN_LEASES * scene.script.setting.leaseMs;
      return {
        looked: () => {
          const now = scene.now();
          const able = isAble(scene);
          for (const { name } of scene.tables.partitions.values()) {
            if (!able || isOwned(scene, name)) wellAt.set(name, now);
            const since = Math.max(wellAt.get(name) ?? now, scene.disturbedUntil());
            if (now - since <= within) continue;
            const { owner, epoch } = scene.tables.partitions.get(name) ?? { owner: null, epoch: 0 };
            found(
              `${name} has had nobody for ${Math.round(now - since)} ms; ${owner ?? 'nobody'} had it, epoch ${epoch}`,
            );
            // Once for each time that it happens.
            wellAt.set(name, now);
          }
        },
      };
    },
  },
  {
    id: 'workers-run-on',
    says: 'no worker and no bot breaks by itself, whatever befalls the store',
    watch: (_, found) => ({
      broke: (process, error) =>
        found(`${process}: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
    }),
  },
];
