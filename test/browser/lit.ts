/** Which states of a drawn statechart are lit, and which should be. */
import type { Page } from 'playwright-core';
import type { MachineView, StateView } from '../../src/inspector/contract.ts';

/** Ids of the states a value is in, by what the machine says of itself. Worked out here anew: the page is what is tested. */
export function statesIn(machine: MachineView, value: unknown): readonly string[] {
  const below = (state: StateView, at: unknown): readonly string[] => {
    const entries: readonly (readonly [string, unknown])[] =
      typeof at === 'string' ? [[at, undefined]] : typeof at === 'object' && at !== null ? Object.entries(at) : [];
    return [
      state.id,
      ...entries.flatMap(([key, inner]) => {
        const child = state.children.find((one) => one.key === key);
        if (!child) throw new Error(`${state.id} has no state ${key}`);
        return below(child, inner);
      }),
    ];
  };
  return below(machine.root, value)
    .filter((id) => id !== machine.root.id)
    .sort();
}

/** Ids of the states that are lit in the chart, without the machine itself. */
export const litOn = async (page: Page, machine: string): Promise<readonly string[]> =>
  (
    await page
      .getByTestId('chart')
      .locator('[data-state].active')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-state') ?? ''))
  )
    .filter((id) => id !== machine)
    .sort();
