/** All incidents, the newest first, as they happen. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IncidentRecord } from '../../../src/inspector/contract.ts';
import { clock, count, dateTime, day, duration, plural, words } from '../format.ts';
import { incidents, keepLedger, ledgerError, readLedgerAgain } from '../ledger.ts';
import { Button } from '../part/button.tsx';
import { Health } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty, Failed, Loading } from '../part/state.tsx';
import { go, route, to } from '../route.ts';
import { remediesInShort, STATUS } from './look.ts';

const SHOWN = 100;
type Status = IncidentRecord['status'];
const STATUSES: readonly Status[] = ['open', 'failed', 'healed', 'cleared'];

interface Wanted {
  readonly component: string;
  readonly status: string;
  readonly search: string;
}

const wantedFrom = (query: URLSearchParams): Wanted => ({
  component: query.get('component') ?? '',
  status: query.get('status') ?? '',
  search: query.get('search') ?? '',
});

/** Where all is shown, nothing of it stands in the address. */
const want = (wanted: Wanted): void =>
  go(to('incidents', Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''))), true);

const fits = (one: IncidentRecord, { component, status, search }: Wanted): boolean =>
  (component === '' || one.component === component) &&
  (status === '' || one.status === status) &&
  (search === '' ||
    `${one.incident_id} ${one.component} ${one.invariant} ${one.evidence_before.says} ${one.verdict ?? ''}`
      .toLowerCase()
      .includes(search.toLowerCase()));

function Filter({ all, wanted }: { readonly all: readonly IncidentRecord[]; readonly wanted: Wanted }) {
  const components = [...new Set(all.map(({ component }) => component))].sort();
  return (
    <search class="row filter">
      <input
        class="field tiny"
        type="search"
        aria-label="Search in incidents"
        placeholder="Id, check, evidence …"
        value={wanted.search}
        onInput={(event) => want({ ...wanted, search: event.currentTarget.value })}
      />
      <select
        class="select tiny"
        aria-label="Component"
        value={wanted.component}
        onChange={(event) => want({ ...wanted, component: event.currentTarget.value })}
      >
        <option value="">All components</option>
        {components.map((component) => (
          <option key={component} value={component}>
            {words(component)}
          </option>
        ))}
      </select>
      <select
        class="select tiny"
        aria-label="Status"
        value={wanted.status}
        onChange={(event) => want({ ...wanted, status: event.currentTarget.value })}
      >
        <option value="">Any status</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {STATUS[status].word} ({count(all.filter((one) => one.status === status).length)})
          </option>
        ))}
      </select>
    </search>
  );
}

function Row({ of }: { readonly of: IncidentRecord }) {
  const { health, word } = STATUS[of.status];
  const opened = Date.parse(of.opened_at);
  const address = to('incidents', of.incident_id);
  const tried = remediesInShort(of);
  return (
    <tr class="go" data-testid={`incident-${of.incident_id}`} data-status={of.status} onClick={() => go(address)}>
      <td class="lead">
        <Health health={health} says={word} />
      </td>
      <td class="nw opened">
        <time dateTime={of.opened_at} title={dateTime(opened)}>
          <span class="dim">{day(opened)}</span> {clock(opened)}
        </time>
      </td>
      <td class="nw who">{words(of.component)}</td>
      <th scope="row" class="broke">
        <a href={address}>{of.evidence_before.says}</a>
        <span class="dim"> {of.invariant.split('/').at(-1)}</span>
      </th>
      <td class={`nw tried ${tried === '' ? 'dim' : ''}`} data-label="Tried">
        {tried === '' ? (of.waits_for === null ? 'nothing' : 'waits for its cause') : tried}
      </td>
      <td class="num" data-label="Found in">
        {duration(of.detected_ms)}
      </td>
      <td class="num" data-label="Healed in">
        {duration(of.healed_ms)}
      </td>
      <td class="mono dim nw id">{of.incident_id}</td>
    </tr>
  );
}

function Table({ of }: { readonly of: readonly IncidentRecord[] }) {
  const more = useSignal(SHOWN);
  return (
    <>
      <table class="table fold inct">
        <caption class="vh">Incidents, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Opened, UTC</th>
            <th scope="col">Component</th>
            <th scope="col">What broke</th>
            <th scope="col">Tried</th>
            <th scope="col" class="num">
              Found in
            </th>
            <th scope="col" class="num">
              Healed in
            </th>
            <th scope="col">Incident</th>
          </tr>
        </thead>
        <tbody>
          {of.slice(0, more.value).map((one) => (
            <Row key={one.incident_id} of={one} />
          ))}
        </tbody>
      </table>
      {of.length > more.value && (
        <p class="more">
          <Button
            onClick={() => {
              more.value += SHOWN;
            }}
          >
            Show {count(Math.min(SHOWN, of.length - more.value))} more of {count(of.length)}
          </Button>
        </p>
      )}
    </>
  );
}

export function IncidentList() {
  useEffect(keepLedger, []);
  const all = incidents.value;
  const wanted = useComputed(() => wantedFrom(route.value.query)).value;
  const found = all?.filter((one) => fits(one, wanted)) ?? [];
  return (
    <main class="page incidents" id="main">
      <div class="head">
        <h1>Incidents</h1>
        <p class="soft">
          What broke, what was tried, and what proved it healed. One incident is told in full when opened.
        </p>
      </div>
      <Panel
        title="Ledger"
        testid="incidents"
        note={
          all === null
            ? ''
            : `${plural(found.length, 'incident')}${found.length === all.length ? '' : ` of ${count(all.length)}`}, the newest first`
        }
        acts={all !== null && all.length > 0 && <Filter all={all} wanted={wanted} />}
      >
        {all === null && ledgerError.value !== null ? (
          <Failed title="Could not read the ledger" says={ledgerError.value} again={readLedgerAgain} />
        ) : all === null ? (
          <Loading what="the incidents" lines={10} />
        ) : all.length === 0 ? (
          <Empty
            icon="tick"
            title="Nothing has broken yet"
            says="The first incident is told here the moment it is found, with the evidence for it."
          />
        ) : found.length === 0 ? (
          <Empty icon="search" title="No incident is like that" says="Others are in the ledger.">
            <Button onClick={() => want({ component: '', status: '', search: '' })}>
              Show all {count(all.length)}
            </Button>
          </Empty>
        ) : (
          <Table of={found} />
        )}
      </Panel>
    </main>
  );
}
