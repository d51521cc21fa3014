/**
 * Our supervisor and Erlang's own live through the same histories and come to the same: starts, ends and their reasons in
 * order, who is alive, and whether the supervisor is. Live where there is an `erl`; else against its recorded answers.
 */
import { describe, expect, it } from 'vitest';
import { hasErlang, liveOnOtp, recorded } from './otp.ts';
import { liveOnOurs } from './ours.ts';
import { scenarios } from './scenarios.ts';

const answers = recorded();

describe(`supervision as in Erlang/OTP (recorded from OTP ${answers.otp})`, () => {
  it('has a recorded answer for each of at least 30 scenarios, and for nothing else', () => {
    const names = scenarios.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(answers.outcomes.map(({ name }) => name)).toEqual(names);
  });

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
    const { trace, alive, lives } = answers.outcomes.find((one) => one.name === name) ?? {};
    expect(liveOnOurs(scenario)).toEqual({ trace, alive, lives });
  });

  it.runIf(hasErlang())('is what the Erlang of this machine does, too', () => {
    expect(liveOnOtp(scenarios).outcomes).toEqual(answers.outcomes);
  });
});
