/** One incident in full: its story, the evidence before and after, what was done, and the records themselves. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IncidentRecord, IncidentStory } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { clockExact, count, dateTime, duration, plural, sentence, words } from '../format.ts';
import { incidents, keepLedger } from '../ledger.ts';
import { news } from '../live.ts';
import { ButtonLink } from '../part/button.tsx';
import { CommandLine } from '../part/copy.tsx';
import { changesBetween, Diff } from '../part/diff.tsx';
import { Health, HealthIcon, healthOf } from '../part/health.tsx';
import { JsonTree } from '../part/json-tree.tsx';
import { Panel } from '../part/panel.tsx';
import { Said } from '../part/said.tsx';
import { Failed, Loading } from '../part/state.tsx';
import { to } from '../route.ts';
import { Export } from './export.tsx';
import { STATUS } from './look.ts';
import { Remedies } from './remedies.tsx';

const SAID = ['holds', 'says', 'taken_at'];
const ms = (iso: string): number => Date.parse(iso);

function Evidence({ of }: { readonly of: IncidentRecord }) {
  const { evidence_before: before, evidence_after: after } = of;
  const changes = changesBetween(before, after ?? {}, SAID);
  const side = (title: string, evidence: typeof before) => (
    <div class="side">
      <p class="k">{title}</p>
      <p class="h">
        <HealthIcon health={healthOf(evidence.holds)} /> {evidence.says}
      </p>
      <p class="k mono">{clockExact(ms(evidence.taken_at))} UTC</p>
    </div>
  );
  return (
    <>
      <div class="sides">
        {side('Before', before)}
        {after === null ? (
          <div class="side">
            <p class="k">After</p>
            <p class="h dim">
              <HealthIcon health="unknown" /> There is none
            </p>
            <p class="k">
              {of.status === 'open'
                ? 'No proof yet: it is looked for after every remedy.'
                : 'Nothing has proven it healed.'}
            </p>
          </div>
        ) : (
          side('After', after)
        )}
      </div>
      {after === null && changes.length > 0 && (
        <dl class="kv small side">
          {changes.map(({ key, was }) => [
            <dt key={key}>{key}</dt>,
            <dd key={`${key}-was`} class="mono">
              {typeof was === 'number' ? count(was) : typeof was === 'string' ? was : JSON.stringify(was)}
            </dd>,
          ])}
        </dl>
      )}
      {after !== null && changes.length > 0 && (
        <div class="figs">
          <Diff changes={changes} label="Figures of the evidence, before and after" />
        </div>
      )}
    </>
  );
}

function Link({ id }: { readonly id: string }) {
  const known = incidents.value?.find((one) => one.incident_id === id);
  return (
    <a class="lnk" href={to('incidents', id)}>
      {known === undefined ? id : `${words(known.component)}: ${known.evidence_before.says}`}
    </a>
  );
}

function Facts({ of }: { readonly of: IncidentRecord }) {
  return (
    <dl class="kv facts">
      <dt>Check</dt>
      <dd>
        <code>{of.invariant}</code>
      </dd>
      <dt>Severity</dt>
      <dd>{of.severity}</dd>
      <dt>Broken since</dt>
      <dd>{dateTime(ms(of.broken_since))}</dd>
      <dt>Found in</dt>
      <dd>{duration(of.detected_ms)}</dd>
      <dt>Opened</dt>
      <dd>{dateTime(ms(of.opened_at))}</dd>
      <dt>Closed</dt>
      <dd>{of.closed_at === null ? 'not yet' : dateTime(ms(of.closed_at))}</dd>
      <dt>Healed in</dt>
      <dd>{of.healed_ms === null ? 'not healed' : duration(of.healed_ms)}</dd>
      <dt>Cause</dt>
      <dd>
        {of.caused_by !== null ? (
          <Link id={of.caused_by} />
        ) : of.root_cause !== null ? (
          <code>{of.root_cause}</code>
        ) : (
          'it is the root itself'
        )}
      </dd>
      <dt>Symptoms</dt>
      <dd>
        {of.symptoms.length === 0 ? (
          'none'
        ) : (
          <ul>
            {of.symptoms.map((id) => (
              <li key={id}>
                <Link id={id} />
              </li>
            ))}
          </ul>
        )}
      </dd>
      {of.verdict !== null && (
        <>
          <dt>Verdict</dt>
          <dd>{of.verdict}</dd>
        </>
      )}
    </dl>
  );
}

/** What is under way or was, in one line of measured times. */
function Times({ of }: { readonly of: IncidentRecord }) {
  const opened = ms(of.opened_at);
  const first = of.remedies[0];
  const parts = [
    { name: 'Broken', at: ms(of.broken_since), took: null, ink: 'bad' },
    { name: 'Found', at: opened, took: of.detected_ms, ink: 'bad' },
    ...(first ? [{ name: first.type, at: ms(first.at), took: ms(first.at) - opened, ink: 'warn' }] : []),
    ...(of.closed_at !== null
      ? [{ name: STATUS[of.status].word, at: ms(of.closed_at), took: ms(of.closed_at) - opened, ink: 'ok' }]
      : of.status === 'failed'
        ? [{ name: 'Given up', at: of.ts * 1_000, took: of.ts * 1_000 - opened, ink: 'bad' }]
        : []),
  ];
  return (
    <ol class="times" aria-label="Times">
      {parts.map(({ name, at, took, ink }) => (
        <li key={name} class={ink}>
          <b>{name}</b>
          <span class="mono">{clockExact(at)}</span>
          {took !== null && <span class="dim">+{duration(took)}</span>}
        </li>
      ))}
    </ol>
  );
}

function Told({ told }: { readonly told: IncidentStory }) {
  const of = told.incident;
  const { health, word } = STATUS[of.status];
  const open = useSignal(false);
  return (
    <main class="page incident" id="main" data-testid="story" data-status={of.status}>
      <div class="head">
        <a class="lnk small" href={to('incidents')}>
          All incidents
        </a>
        <span class="mono dim small">{of.incident_id}</span>
      </div>
      <section class="panel title" aria-label="In short">
        <div class="line">
          <HealthIcon health={health} class="big" />
          <div class="vt">
            <h1>
              {words(of.component)}: {of.evidence_before.says}
            </h1>
            <p class="soft">
              <Health health={health} says={word} />
              {of.healed_ms !== null && ` in ${duration(of.healed_ms)}`}
              {of.status === 'failed' && of.verdict !== null && `: ${of.verdict}`}
            </p>
          </div>
          <div class="row">
            <ButtonLink kind="primary" href={to('inspector', { at: ms(of.opened_at), incident: of.incident_id })}>
              Replay it
            </ButtonLink>
            <Export story={told} />
          </div>
        </div>
        <Times of={of} />
      </section>
      <div class="aside">
        <div class="stack">
          <Panel title="Story" pad class="storypanel">
            <ol class="story">
              {told.story.map(({ title, says }) => (
                <li key={title}>
                  <h3>{title}</h3>
                  {says.map((line) => (
                    <p key={line}>
                      <Said text={line} />
                    </p>
                  ))}
                </li>
              ))}
            </ol>
          </Panel>
          <Panel title="Evidence" note="the same check, before and after" class="evidence">
            <Evidence of={of} />
          </Panel>
          <Panel title="Remedies" note="as planned, and as done" testid="remedies">
            <Remedies of={of} />
          </Panel>
        </div>
        <div class="stack">
          <Panel title="Facts" pad>
            <Facts of={of} />
          </Panel>
          <Panel title="In a terminal" pad>
            <CommandLine text={`kintsugi explain ${of.incident_id}`} />
          </Panel>
          <Panel title="Records of the ledger" note={plural(told.records.length, 'line')} pad class="records">
            <ol>
              {told.records.map((record, n) => (
                <li key={record.timestamp}>
                  <details
                    onToggle={() => {
                      open.value = true;
                    }}
                  >
                    <summary>
                      <span class="mono">{clockExact(ms(record.timestamp))}</span>{' '}
                      {STATUS[record.status].word.toLowerCase()}, {plural(record.remedies.length, 'remedy', 'remedies')}
                      <span class="dim"> line {n + 1}</span>
                    </summary>
                    {open.value && <JsonTree value={record} open={1} />}
                  </details>
                </li>
              ))}
            </ol>
          </Panel>
        </div>
      </div>
    </main>
  );
}

export function Story({ id }: { readonly id: string }) {
  useEffect(keepLedger, []);
  // Told anew whenever something of it changed.
  const version = useComputed(() => news.value.get(id)?.ts ?? 0);
  const asked = useAsked<IncidentStory>(() => (version.value < 0 ? null : `api/incidents/${encodeURIComponent(id)}`));
  const { value, error } = asked.value;
  if (value !== null && value.incident.incident_id === id) return <Told told={value} />;
  return (
    <main class="page incident" id="main">
      <div class="head">
        <a class="lnk small" href={to('incidents')}>
          All incidents
        </a>
      </div>
      <div class="panel">
        <h1 class="vh">Incident {id}</h1>
        {error === null ? (
          <Loading what={`incident ${id}`} lines={9} />
        ) : (
          <Failed
            title={`There is no story of ${id}`}
            says={`${sentence(error)}. It may be of another bot, or its ledger was moved away.`}
          />
        )}
      </div>
    </main>
  );
}
