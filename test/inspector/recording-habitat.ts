import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { createRecorder, type RecorderOptions } from '../../src/inspector/recorder.ts';
import type { Delta } from '../../src/inspector/sampler.ts';

/** A recorder in virtual time, and what it said of itself. */
export function recording(options: Partial<RecorderOptions> = {}) {
  const clock = new VirtualClock(1_000);
  const failures: string[] = [];
  const recorder = createRecorder({
    now: () => clock.now(),
    timer: clock,
    redact: (value) => value,
    failed: (words) => void failures.push(words),
    ...options,
  });
  const deltas: Delta[] = [];
  const follow = () => recorder.follow((delta) => void deltas.push(delta));
  return { clock, recorder, failures, deltas, follow, inspect: recorder.inspect };
}
