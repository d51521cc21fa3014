/** What reaches the exchange: from who owns the partition, once, and not while everybody is held. */
import type { FleetLaw } from './fleet-law.ts';

export const ORDER_LAWS: readonly FleetLaw[] = [
  {
    id: 'only-owners-order',
    says: 'an order leaves only under a lease that is in force, and is taken only while nobody has claimed the partition since',
    watch: ({ tables }, found) => ({
      sent: ({ partition, epoch, process }, { clientOrderId }) => {
        const row = tables.partitions.get(partition);
        if (row?.epoch !== epoch || row.expires <= tables.now())
          found(
            `${process} sends ${clientOrderId} under epoch ${epoch} of ${partition}, which has epoch ${row?.epoch}, out for ${Math.round(tables.now() - (row?.expires ?? 0))} ms`,
          );
      },
      taken: ({ partition, epoch, process }, { clientOrderId }) => {
        const row = tables.partitions.get(partition);
        if (row?.epoch !== epoch)
          found(
            `the exchange takes ${clientOrderId} from ${process}, epoch ${epoch}, and ${row?.owner} has epoch ${row?.epoch}`,
          );
      },
    }),
  },
  {
    id: 'one-live-order',
    says: 'a signal has one entry, which reaches the exchange once; no other order reaches it while one of its name is open there',
    watch: (_, found) => {
      const entered = new Set<string>();
      return {
        taken: ({ process }, { clientOrderId, signalId, purpose }, live) => {
          if (live) found(`${clientOrderId} reaches the exchange again, from ${process}`);
          if (purpose !== 'entry') return;
          if (entered.has(signalId)) found(`a second entry of ${signalId}, from ${process}`);
          entered.add(signalId);
        },
      };
    },
  },
  {
    id: 'held-means-no-entries',
    says: 'a lease after the switch was put on, nobody sends an entry until it is off',
    watch: ({ tables, now, script }, found) => {
      let heldSince: number | null = null;
      return {
        looked: () => {
          heldSince = tables.hold === null ? null : (heldSince ?? now());
        },
        sent: ({ process }, { clientOrderId, purpose }) => {
          if (purpose === 'entry' && tables.hold && heldSince !== null && now() - heldSince > script.setting.leaseMs)
            found(`${process} sends the entry ${clientOrderId}, and the fleet is held for ${now() - heldSince} ms`);
        },
      };
    },
  },
];
