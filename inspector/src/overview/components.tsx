/** All components, the worst first. Drawn anew only when the overview changes; the times in it move by themselves. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { ComponentView, Health as HealthValue, Overview } from '../../../src/inspector/contract.ts';
import { duration } from '../format.ts';
import { Health, HealthIcon, LOOK } from '../part/health.tsx';
import { Icon } from '../part/icons.tsx';
import { Panel } from '../part/panel.tsx';
import { Segmented } from '../part/tabs.tsx';
import { Ago } from '../part/time.tsx';
import { worstFirst } from '../seen.ts';
import { pick, pickedId } from './pick.ts';
import { type Span, Strip, spanFor } from './strip.tsx';

type Order = 'worst' | 'name';
const ORDERS = [
  { id: 'worst', name: 'Worst first' },
  { id: 'name', name: 'A to Z' },
] as const satisfies readonly { readonly id: Order; readonly name: string }[];
const HEALTHS: readonly HealthValue[] = ['green', 'yellow', 'red', 'unknown'];

function Legend() {
  return (
    <ul class="legend" aria-label="What the shapes mean">
      {HEALTHS.map((health) => (
        <li key={health} title={LOOK[health].means}>
          <HealthIcon health={health} /> {LOOK[health].word}
          <span class="means">: {LOOK[health].means}</span>
        </li>
      ))}
      <li title="Critical: the operator is alerted when it cannot be healed">
        <Icon name="bell" /> Critical
      </li>
    </ul>
  );
}

/** `0/3`: what is left of the scarcest budget; all of them in words. */
function Tries({ of }: { readonly of: ComponentView }) {
  const [scarce] = [...of.budgets].sort((a, b) => a.left / a.most - b.left / b.most || a.most - b.most);
  if (scarce === undefined) return <span class="dim">–</span>;
  const says = of.budgets
    .map(({ remedy, left, most, within_ms }) => `${remedy} ${left} of ${most} within ${duration(within_ms)}`)
    .join(', ');
  return (
    <span class={scarce.left === 0 ? 'bad' : ''} title={says}>
      {scarce.left}/{scarce.most}
      <span class="vh"> left: {says}</span>
    </span>
  );
}

const RESULT_INK: Readonly<Record<string, string>> = { failed: 'bad', healed: 'dim', cleared: 'dim' };
const RESULT_WORD: Readonly<Record<string, string>> = { healed: 'proven', cleared: 'cleared', failed: 'failed' };

/** The row says of whom; what came of it is in the title. */
const inShort = (says: string): string =>
  (says.split(', ')[0] ?? says)
    .replace(/^Restarted .*/, 'Restarted')
    .replace(/^Repaired its /, 'Repaired ')
    .replace(/^Expired what was stuck .*/, 'Expired what was stuck');

interface RowProps {
  readonly of: ComponentView;
  readonly known: Overview;
  readonly from: number;
  readonly span: Span;
}

function Row({ of, known, from, span }: RowProps) {
  const chosen = pickedId.value === of.id;
  const repair = of.last_repair;
  const short = of.checks.held < of.checks.all;
  // What holds is not written down, only what does not: of a bot that is over, nobody has counted.
  const over = known.kind === 'records';
  return (
    <tr
      class={`go ${chosen ? 'sel' : ''}`}
      data-testid={`component-${of.id}`}
      data-health={of.health}
      onClick={() => pick(of.id)}
    >
      <td class="lead">
        <Health health={of.health} {...(over ? { says: `Was ${of.health}` } : {})} />
      </td>
      <th scope="row" class="name">
        <button type="button" class="rowpick" aria-pressed={chosen} title={`${of.name}, ${of.state}`}>
          {of.name}
          {of.critical && (
            <span class="crit" title="Critical: the operator is alerted when it cannot be healed">
              <Icon name="bell" />
              <span class="vh">, critical: the operator is alerted when it cannot be healed</span>
            </span>
          )}
        </button>
      </th>
      <td class="stripc" data-label="Trouble">
        <Strip of={of} at={known.at} from={from} window={span} />
      </td>
      <td class={`num held ${short && !over && of.health !== 'unknown' ? 'bad' : ''}`} data-label="Checks held">
        {over ? '–' : `${of.checks.held}/${of.checks.all}`}
      </td>
      <td class={`says ${repair === null ? 'dim' : ''}`} data-label="Last repair" title={repair?.says}>
        <span class="cut">{repair === null ? 'none' : inShort(repair.says)}</span>
      </td>
      <td class={`dim nw when ${repair === null ? 'nothing' : ''}`} data-label="When">
        {repair !== null && <Ago at={repair.at} />}
      </td>
      <td
        class={`nw result ${repair === null ? 'nothing' : (RESULT_INK[repair.outcome] ?? 'warn')}`}
        data-label="Result"
      >
        {repair !== null && (RESULT_WORD[repair.outcome] ?? repair.outcome)}
      </td>
      <td class="num tries" data-label="Tries left">
        <Tries of={of} />
      </td>
      <td class="num mttr" data-label="MTTR">
        {duration(of.mttr_ms)}
      </td>
    </tr>
  );
}

export function Components({ known }: { readonly known: Overview }) {
  const order = useSignal<Order>('worst');
  const body = useRef<HTMLTableSectionElement>(null);
  const shown =
    order.value === 'worst'
      ? worstFirst(known.components)
      : [...known.components].sort((a, b) => a.name.localeCompare(b.name));
  const from = known.at - known.status.uptime_seconds * 1_000;
  const span = spanFor(known.components, known.at, from);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const all = [...(body.current?.querySelectorAll<HTMLElement>('.rowpick') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = shown[at + step];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    all[at + step]?.focus();
    pick(next.id);
  };
  return (
    <Panel
      title="Components"
      testid="components"
      acts={<Legend />}
      note={
        <Segmented
          label="Order"
          of={ORDERS}
          value={order.value}
          onPick={(id) => {
            order.value = id;
          }}
        />
      }
    >
      <table class="table fold cmpt">
        <caption class="vh">Components with their health, checks and repairs</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Component</th>
            <th scope="col">Last {span.name}</th>
            <th scope="col" class="num">
              Checks
            </th>
            <th scope="col">Last repair</th>
            <th scope="col">When</th>
            <th scope="col">Result</th>
            <th scope="col" class="num">
              Tries left
            </th>
            <th scope="col" class="num" title="Median time from opening to proof">
              MTTR
            </th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={move}>
          {shown.map((one) => (
            <Row key={one.id} of={one} known={known} from={from} span={span} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
