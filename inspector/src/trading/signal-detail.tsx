/** One signal: why it was not traded, its life, what every guard said, and what would have come of it. */
import type { SignalDetail } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { clockExact, count, dateTime, duration, percent, price, words } from '../format.ts';
import { overview } from '../live.ts';
import { ButtonLink } from '../part/button.tsx';
import { Copy } from '../part/copy.tsx';
import { Icon } from '../part/icons.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty, Failed, Loading } from '../part/state.tsx';
import { route, to } from '../route.ts';
import { filterOf, queryOf } from './filter.ts';
import { known } from './known.ts';
import { stretchesOf } from './life.ts';
import { NoTrading } from './no-trading.tsx';
import { Outcome } from './outcome.tsx';
import { Side } from './positions.tsx';
import { inSentence } from './words.ts';

const EVERY_MS = 5_000;

export function SignalPage({ id }: { readonly id: string }) {
  const app = overview.value?.kind === 'app';
  const asked = useAsked<SignalDetail>(
    () => (overview.value?.kind === 'app' ? null : `api/signals/${encodeURIComponent(route.value.path[1] ?? id)}`),
    EVERY_MS,
  );
  const { value, error } = asked.value;
  const mine = value !== null && value.id === id ? value : null;
  return (
    <main class="page trading">
      <div class="head">
        <a class="lnk" href={to('signals', { ...queryOf(filterOf(route.value.query)) })}>
          Signals
        </a>
        <h1 class="mono">{id}</h1>
        <span class="sp" />
        {mine !== null && <ButtonLink href={to('inspector', { signal: id })}>Open statechart</ButtonLink>}
      </div>
      {app ? (
        <NoTrading />
      ) : mine !== null ? (
        <Known signal={mine} stale={error} />
      ) : (
        <section class="panel">
          {error !== null ? (
            <Failed
              title="This signal could not be read"
              says={`${error}. If it is older than the log, it is in none of the records.`}
            />
          ) : (
            <Loading what="the signal" lines={8} />
          )}
        </section>
      )}
    </main>
  );
}

function Known({ signal, stale }: { readonly signal: SignalDetail; readonly stale: string | null }) {
  const at = known(signal.at);
  return (
    <>
      <Answer signal={signal} />
      {stale !== null && (
        <p class="stale" role="status">
          Not refreshed: {stale}.
        </p>
      )}
      <dl class="figures">
        <Figure name="Signal" is={signal.symbol} of={<Side side={signal.direction} />} />
        <Figure name="State" is={inSentence(signal.state)} of={`since ${moment(signal.changed_at)}`} />
        <Figure
          name="Generated"
          is={at === null ? '–' : clockExact(at)}
          of={at === null ? 'not known' : dateTime(at)}
        />
        <Figure name="Strategy" is={words(signal.strategy)} of={`confidence ${percent(signal.confidence, 0)}`} />
        <Figure name="Price then" is={price(signal.price)} of="USD" />
      </dl>
      <div class="half">
        <LifePanel signal={signal} />
        <VerdictsPanel verdicts={signal.verdicts ?? []} state={signal.state} />
      </div>
      <Outcome signal={signal} />
    </>
  );
}

const moment = (at: number): string => {
  const ms = known(at);
  return ms === null ? 'a moment that is not known' : `${clockExact(ms)} UTC`;
};

function Answer({ signal }: { readonly signal: SignalDetail }) {
  const { why_not, state } = signal;
  const over = state === 'learned' || state === 'executed';
  return (
    <section class={`answer ${why_not === null ? '' : 'not'}`} aria-label="Why not traded?">
      <Icon name={why_not !== null ? 'close' : over ? 'tick' : 'clock'} />
      <div>
        <p class="k">{why_not !== null ? 'Why not traded?' : over ? 'Was it traded?' : 'Will it be traded?'}</p>
        <p class="t">
          {why_not ?? (over ? 'It was traded: every guard let it through.' : `It is under way: ${inSentence(state)}.`)}
        </p>
      </div>
      <span class="sp" />
      <Copy text={signal.id} what="the id" />
    </section>
  );
}

function Figure({
  name,
  is,
  of,
}: {
  readonly name: string;
  readonly is: string;
  readonly of: preact.ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class="is cut">{is}</dd>
      <dd class="of">{of}</dd>
    </div>
  );
}

function LifePanel({ signal }: { readonly signal: SignalDetail }) {
  const life = stretchesOf(signal.steps ?? []);
  const longest = Math.max(1, ...life.map(({ lasted }) => lasted ?? 0));
  return (
    <Panel title="Its life" note="states, UTC, and how long it was in each">
      {life.length === 0 ? (
        <Empty title="No step was written down" says="The event log has none of its changes of state." />
      ) : (
        <ol class="life">
          {life.map(({ state, at, lasted, reason, last }, n) => (
            <li key={`${n} ${state}`} class={last ? 'last' : ''}>
              <i class={`dot st-${state.split('.')[0]}`} aria-hidden="true" />
              <div>
                <p class="h">
                  {inSentence(state)}{' '}
                  <span class="dim small num">{at === null ? 'moment not known' : clockExact(at)}</span>
                </p>
                {reason !== null && reason !== undefined && <p class="b">{reason}</p>}
                {lasted !== null && (
                  <p class="lasted">
                    <svg width="120" height="4" aria-hidden="true">
                      <rect class="here" width={Math.max(2, (lasted / longest) * 120)} height="4" rx="2" />
                    </svg>
                    {duration(lasted)}
                  </p>
                )}
                {last && (
                  <p class="lasted dim">
                    {signal.state === 'learned' || signal.state === 'expired' ? 'the end' : 'now'}
                  </p>
                )}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function VerdictsPanel({ verdicts, state }: { readonly verdicts: SignalDetail['verdicts']; readonly state: string }) {
  const passed = verdicts.filter((one) => one.passed).length;
  return (
    <Panel
      title="What every guard said"
      note={verdicts.length === 0 ? 'when it was judged' : `${count(passed)} of ${count(verdicts.length)} passed`}
    >
      {verdicts.length === 0 ? (
        <Empty
          title="No guard has judged it"
          says={
            state === 'generated' || state === 'evaluating'
              ? 'It has not been decided yet.'
              : 'The records have no verdict of it.'
          }
        />
      ) : (
        <table class="table verdicts">
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">Guard</th>
              <th scope="col">Says</th>
            </tr>
          </thead>
          <tbody>
            {verdicts.map(({ guard, passed: fine, says }) => (
              <tr key={guard} class={fine ? '' : 'sel'}>
                <td class="nw">
                  <span class={`health ${fine ? 'ok' : 'warn'}`}>
                    <Icon name={fine ? 'tick' : 'close'} />
                    {fine ? 'passed' : 'blocked'}
                  </span>
                </td>
                <th scope="row">{words(guard)}</th>
                <td class="soft">{says}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
