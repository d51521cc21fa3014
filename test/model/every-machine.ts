/** Every machine of the source, and what a walk of it shows. */
import { guardian } from '../../src/healing/guardian.ts';
import { supervisor } from '../../src/healing/supervisor.ts';
import { SIGNAL_EVENTS, signalLifecycle } from '../../src/machines/signal-lifecycle.ts';
import { alphabetsOf, SUBJECTS } from './alphabet.ts';
import { Coverage } from './coverage.ts';
import { GUARDIAN, GUARDIAN_EVENTS, guardianRemembers } from './guardian-walk.ts';
import { walkSupervisor } from './supervisor-walk.ts';
import { type Walk, walk } from './walk.ts';

export interface Walked {
  readonly id: string;
  /** What the source exports: the machine, or the function that makes it. */
  readonly exported: unknown;
  /** Walks it with live actors, and counts the steps that were compared. */
  readonly walk: (coverage: Coverage) => number;
}

const walked = (
  id: string,
  exported: unknown,
  alphabets: readonly Walk['events'][],
  given: Omit<Walk, 'events' | 'coverage'>,
) => ({
  id,
  exported,
  walk: (coverage: Coverage) => alphabets.reduce((sum, events) => sum + walk({ ...given, events, coverage }), 0),
});

export const EVERY_MACHINE: readonly Walked[] = [
  ...SUBJECTS.map((subject) => {
    const { machine, remembers } = subject;
    return walked(machine.id, machine, alphabetsOf(subject), { machine, remembers });
  }),
  walked('signal', signalLifecycle, [SIGNAL_EVENTS.map((event) => ({ ...event }))], { machine: signalLifecycle }),
  walked('guardian', guardian, [GUARDIAN_EVENTS], { machine: GUARDIAN, remembers: guardianRemembers }),
  { id: 'supervisor', exported: supervisor, walk: walkSupervisor },
];

export function show(machine: Walked): { readonly coverage: Coverage; readonly steps: number } {
  const coverage = new Coverage();
  return { coverage, steps: machine.walk(coverage) };
}
