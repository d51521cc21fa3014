/** What was healed, as lanes and as lines, under one cursor. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockExact, day, duration, words } from '../format.ts';
import { incidents, keepLedger, ledgerError, readLedgerAgain } from '../ledger.ts';
import { botNow, overview } from '../live.ts';
import { LOOK } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty, Failed, Loading } from '../part/state.tsx';
import { Segmented } from '../part/tabs.tsx';
import { to as addressOf, go } from '../route.ts';
import { type HealingRow, healingRows, lanesOf } from './healing-rows.ts';
import { Timeline } from './timeline.tsx';

const HOUR = 3_600_000;
const WINDOWS = [
  { id: '1', name: '60 min' },
  { id: '6', name: '6 h' },
  { id: '24', name: '24 h' },
] as const;
const ROWS = 60;
/** The timeline moves on every ten seconds: a finer step would not be seen. */
const STEP_MS = 10_000;

function Line({ of, on, onLook }: { readonly of: HealingRow; readonly on: boolean; readonly onLook: () => void }) {
  return (
    <tr
      class={`go ${on ? 'cur' : ''}`}
      onMouseEnter={onLook}
      onFocusIn={onLook}
      onClick={() => go(addressOf('incidents', of.incident))}
    >
      <td class="ts">
        <a href={addressOf('incidents', of.incident)}>{clockExact(of.at)}</a>
      </td>
      <td class="tag">[HEALING]</td>
      <td class="nw who">{words(of.component)}</td>
      <td class="rule">{of.rule}</td>
      <td class="msg" title={of.says}>
        {of.says}
      </td>
      <td class={`res ${of.health === 'unknown' ? 'rule' : LOOK[of.health].ink}`}>{of.result}</td>
    </tr>
  );
}

export function Healing() {
  const hours = useSignal<(typeof WINDOWS)[number]['id']>('1');
  const cursor = useSignal<string | null>(null);
  useEffect(keepLedger, []);
  const upTo = useComputed(() => Math.ceil(botNow.value / STEP_MS) * STEP_MS);
  const all = incidents.value;
  const to = upTo.value;
  const from = to - Number(hours.value) * HOUR;
  const rows = useComputed(() =>
    healingRows(incidents.value ?? [], upTo.value - Number(hours.value) * HOUR, upTo.value),
  );
  const shown = rows.value.slice(0, ROWS);
  const last = all?.[0];
  return (
    <Panel
      title="Healing"
      class="healing"
      testid="healing"
      note={
        <Segmented
          label="Window"
          of={WINDOWS}
          value={hours.value}
          onPick={(id) => {
            hours.value = id;
            cursor.value = null;
          }}
        />
      }
      acts={
        <>
          <span class="legend">
            <span class="bar thick" aria-hidden="true" /> broken
            <span class="bar" aria-hidden="true" /> healed and watched
          </span>
          <a class="lnk small" href={addressOf('incidents')}>
            All incidents
          </a>
        </>
      }
    >
      {all === null && ledgerError.value !== null ? (
        <Failed title="Could not read the ledger" says={ledgerError.value} again={readLedgerAgain} />
      ) : all === null ? (
        <Loading what="the healing" lines={6} />
      ) : shown.length === 0 ? (
        <Empty
          icon="tick"
          title={`Nothing had to be healed in the last ${duration(to - from)}`}
          says={
            last === undefined
              ? 'The ledger of incidents is empty. What breaks is told here the moment it is found.'
              : `The last incident is of ${day(Date.parse(last.opened_at))}, ${clockExact(Date.parse(last.opened_at)).slice(0, 5)} UTC.`
          }
        >
          {overview.value?.paper === true && overview.value.commands.includes('fault') && (
            <span class="dim">Break something above, and watch it heal.</span>
          )}
        </Empty>
      ) : (
        <>
          <Timeline lanes={lanesOf(all, from, to)} rows={rows.value} from={from} to={to} cursor={cursor} />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
          <section class="scroll logscroll" tabIndex={0} aria-label="Healing, line by line">
            <table class="log">
              <caption class="vh">What was found, tried and proven, newest first</caption>
              <thead class="vh">
                <tr>
                  <th scope="col">Time, UTC</th>
                  <th scope="col">Tag</th>
                  <th scope="col">Component</th>
                  <th scope="col">Check</th>
                  <th scope="col">What</th>
                  <th scope="col">Result</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((row) => (
                  <Line
                    key={row.key}
                    of={row}
                    on={cursor.value === row.key}
                    onLook={() => {
                      cursor.value = row.key;
                    }}
                  />
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </Panel>
  );
}
