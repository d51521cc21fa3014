/** Health is a shape, a colour and a word: never a colour alone. */
import type { Health as HealthValue } from '../../../src/inspector/contract.ts';
import { Icon, type IconName } from './icons.tsx';

interface Look {
  readonly word: string;
  /** What it means, for legends. */
  readonly means: string;
  readonly icon: IconName;
  /** Class of its ink: `ok`, and of its fill in SVG: `f-ok`. */
  readonly ink: 'ok' | 'warn' | 'bad' | 'unk';
}
export const LOOK: Readonly<Record<HealthValue, Look>> = {
  green: { word: 'Green', means: 'everything holds', icon: 'tick', ink: 'ok' },
  yellow: { word: 'Yellow', means: 'healing, or healed and watched', icon: 'triangle', ink: 'warn' },
  red: { word: 'Red', means: 'repair failed, or no evidence', icon: 'octagon', ink: 'bad' },
  unknown: { word: 'Unknown', means: 'no fresh evidence', icon: 'ring', ink: 'unk' },
};
/** The worst first. */
export const RANK: Readonly<Record<HealthValue, number>> = { red: 0, unknown: 1, yellow: 2, green: 3 };

export function HealthIcon({ health, class: classes = '' }: { readonly health: HealthValue; readonly class?: string }) {
  return <Icon name={LOOK[health].icon} class={`${LOOK[health].ink} ${classes}`} />;
}

/** Icon and word. `says` replaces the word where another says it better; `quiet` keeps it for screen readers only. */
export function Health({
  health,
  says,
  quiet = false,
}: {
  readonly health: HealthValue;
  readonly says?: string;
  readonly quiet?: boolean;
}) {
  return (
    <span class={`health ${LOOK[health].ink}`}>
      <HealthIcon health={health} />
      <span class={quiet ? 'vh' : ''}>{says ?? LOOK[health].word}</span>
    </span>
  );
}

/** Whether something holds: `null` is not known. */
export const healthOf = (holds: boolean | null): HealthValue => (holds === null ? 'unknown' : holds ? 'green' : 'red');
