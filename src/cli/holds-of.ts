import type { Holds } from '../ports/holds.ts';

/** All that may hold entries, as one; nothing where there is nothing. */
export function holdsOf(parts: readonly (Holds | undefined)[]): { readonly holds?: Holds } {
  const all = parts.filter((one) => one !== undefined);
  const [only] = all;
  if (only === undefined || all.length === 1) return only === undefined ? {} : { holds: only };
  return {
    holds: {
      why: () => {
        const reasons = all.map((one) => one.why()).filter((why) => why !== null);
        return reasons.length === 0 ? null : reasons.join('; ');
      },
      onChange: (listener) => {
        const ends = all.map((one) => one.onChange(listener));
        return () => {
          for (const end of ends) end();
        };
      },
    },
  };
}
