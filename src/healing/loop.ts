import { type Observable, scan } from 'rxjs';
import { asked } from './asked.ts';
import { evidence } from './evidence.ts';
import { incidents } from './incidents.ts';
import { remedies } from './remedies.ts';
import { type Impulse, type Policy, type Round, restful } from './round.ts';
import { violations } from './violations.ts';

/**
 * The healing loop, which reads as its sentence does: snapshots become violations, violations become incidents, an
 * incident gets a remedy, a remedy gets evidence; and a person may ask for one. Pure: what is to be done comes out as commands.
 */
export const heal = (round: Round, impulse: Impulse, policy: Policy): Round =>
  asked(remedies(incidents(evidence(violations(round, impulse, policy), policy), policy), policy), impulse, policy);

/** The loop over a stream of impulses. */
export const healing =
  (policy: Policy, from: Round = restful) =>
  (impulses: Observable<Impulse>): Observable<Round> =>
    impulses.pipe(scan((round, impulse) => heal(round, impulse, policy), from));
