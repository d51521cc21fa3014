/** Order and patience of healing: causes come before their symptoms, and what was given up rests. */
import type { Life } from '../life.ts';
import type { Law } from './law.ts';

/** What was given up is tried again after this long, ms; but what only lacked a budget when that is full again. */
const RESTS_MS = 300_000;
const HEALERS = ['healingOperator', 'architectureHealing'];

/** The broken invariants a healer sees, if it is the one that has this incident. */
function violationsBeside({ bot }: Life, incident: string): ReadonlySet<string> {
  for (const healer of HEALERS) {
    const { incidents, violations } = bot.board.round(healer);
    if ([...incidents.values()].some(({ id }) => id === incident)) return new Set(violations.map(({ id }) => id));
  }
  return new Set();
}

export const CAUSE_LAWS: readonly Law[] = [
  {
    id: 'causes-before-symptoms',
    says: 'no remedy is sent for what depends on something broken, before it was given up once',
    watch: (_, found) => ({
      born: (life) => {
        const byId = new Map(life.bot.invariants.map((one) => [one.id, one]));
        const tried = new Map<string, number>();
        const failed = new Set<string>();
        life.bot.board.recorded.subscribe(({ incident_id: id, invariant, status, remedies, asked_by }) => {
          const before = tried.get(id) ?? 0;
          tried.set(id, remedies.length);
          if (status === 'failed') failed.add(id);
          if (remedies.length <= before || failed.has(id) || asked_by !== undefined) return;
          const broken = violationsBeside(life, id);
          const cause = byId.get(invariant)?.dependsOn.find((upstream) => broken.has(upstream));
          if (cause) found(`${id}: ${remedies.at(-1)?.type} was sent for ${invariant} while ${cause} is broken`);
        });
      },
    }),
  },
  {
    id: 'waiting-ends',
    says: 'nothing is waited for beyond its time: neither the answer to a remedy nor its proof',
    watch: (_, found) => {
      const told = new Set<string>();
      return {
        looked: ({ bot }) => {
          for (const healer of HEALERS) {
            const { incidents, now } = bot.board.round(healer);
            for (const { id, invariant, phase, deadline } of incidents.values()) {
              if (deadline === null || now < deadline || told.has(id)) continue;
              told.add(id);
              found(`${id} (${invariant.id}) is ${phase} ${now - deadline} ms beyond its time`);
            }
          }
        },
      };
    },
  },
  {
    id: 'what-is-given-up-rests',
    says: 'an incident that was given up is tried again after five minutes, not before',
    watch: (_, found) => ({
      born: (life) => {
        const given = new Map<string, { readonly at: number; readonly tried: number }>();
        life.bot.board.recorded.subscribe(({ incident_id: id, status, remedies, verdict, asked_by }) => {
          const up = given.get(id);
          const last = remedies.at(-1);
          if (up && last && remedies.length > up.tried) {
            const rested = Date.parse(last.at) - up.at;
            if (rested < RESTS_MS && asked_by === undefined)
              found(`${id} was tried again ${rested} ms after it was given up`);
            given.delete(id);
          }
          // What is told of it once more (that it flaps) while nothing was tried gives it up no second time.
          if (status === 'failed' && !verdict?.endsWith('is spent') && !given.has(id))
            // Records tell whole milliseconds.
            given.set(id, { at: Math.floor(life.clock.now()), tried: remedies.length });
        });
      },
    }),
  },
];
