/** The keys, the shapes of health, and what the words mean. */
import type { Health as HealthValue } from '../../../src/inspector/contract.ts';
import { overview } from '../live.ts';
import { Dialog } from '../part/dialog.tsx';
import { Health, LOOK } from '../part/health.tsx';
import { keysOn } from './keys.ts';
import { close } from './open.ts';
import { pagesFor } from './pages.tsx';

const HEALTHS: readonly HealthValue[] = ['green', 'yellow', 'red', 'unknown'];

export function HelpDialog() {
  return (
    <Dialog title="Keys, and what the shapes mean" onClose={close} class="help" testid="help">
      <h3>Keys</h3>
      <dl class="kv keys">
        {pagesFor(overview.value?.kind).map(({ key, name }) => [
          <dt key={key}>
            <kbd>g</kbd> <kbd>{key}</kbd>
          </dt>,
          <dd key={name}>{name}</dd>,
        ])}
        <dt>
          <kbd>/</kbd> or <kbd>Ctrl</kbd> <kbd>K</kbd>
        </dt>
        <dd>Search: pages, components, actors, incidents, signals</dd>
        <dt>
          <kbd>↑</kbd> <kbd>↓</kbd>
        </dt>
        <dd>From component to component in the overview</dd>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This</dd>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={keysOn.value}
          onChange={(event) => {
            keysOn.value = event.currentTarget.checked;
          }}
        />
        Single keys are on <span class="dim">(off where somebody dictates)</span>
      </label>
      <h3>Health</h3>
      <dl class="kv">
        {HEALTHS.map((health) => [
          <dt key={health}>
            <Health health={health} />
          </dt>,
          <dd key={`${health}-means`}>{LOOK[health].means}</dd>,
        ])}
      </dl>
      <p class="soft">
        Healed is a measurement: the same check, on evidence taken after the repair, holds. Then the component stays
        yellow and is watched for ten minutes. All times are UTC, on the bot’s own clock.
      </p>
    </Dialog>
  );
}
