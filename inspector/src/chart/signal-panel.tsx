/** One signal: where it is, how it came there, and why it was not traded. */
import { clockExact, duration, percent } from '../format.ts';
import { HealthIcon } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { to } from '../route.ts';
import { Scroll } from './scroll.tsx';
import { signalId, signalShown, zoomTo } from './store.ts';

export function SignalPanel() {
  const { value: known, error } = signalShown.value;
  if (!known)
    return (
      <Panel class="details" title="Signal" testid="signal">
        {error ? <Empty title="This signal is not known" says={error} /> : <Loading what="the signal" />}
      </Panel>
    );
  return (
    <Panel
      class="details"
      title={`${known.symbol} ${known.direction.toLowerCase()}`}
      note={known.state}
      testid="signal"
      acts={
        <a class="btn tiny" href={to('signals', known.id)}>
          All about it
        </a>
      }
    >
      <Scroll class="pad signal-body" label={`Signal ${signalId.value}`}>
        {known.why_not !== null && (
          <section class="part">
            <h3>Why not traded</h3>
            <p class="why-not">{known.why_not}</p>
          </section>
        )}
        <section class="part">
          <h3>Its way</h3>
          <ol class="way">
            {known.steps.map((one, at) => (
              <li key={`${one.at}-${one.to}`}>
                <button type="button" class="lnk bare n" onClick={() => zoomTo(one.at)} title="Go to this moment">
                  {clockExact(one.at)}
                </button>
                <span>
                  <b>{one.to}</b>{' '}
                  {at > 0 && <span class="dim">after {duration(one.at - (known.steps[at - 1]?.at ?? one.at))}</span>}
                  {one.reason !== null && <span class="dim block">{one.reason}</span>}
                </span>
              </li>
            ))}
          </ol>
        </section>
        <section class="part">
          <h3>What the guards said</h3>
          {known.verdicts.length === 0 ? (
            <p class="dim">None was asked yet.</p>
          ) : (
            <ul class="checks">
              {known.verdicts.map(({ guard, passed, says }) => (
                <li key={guard}>
                  <HealthIcon health={passed ? 'green' : 'red'} />
                  <span class="vh">{passed ? 'passed' : 'blocked'}: </span>
                  <span>
                    <code>{guard}</code> {says}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
        <section class="part">
          <h3>Facts</h3>
          <dl class="kv">
            <dt>Strategy</dt>
            <dd>{known.strategy}</dd>
            <dt>Confidence</dt>
            <dd>{percent(known.confidence, 0)}</dd>
            <dt>Id</dt>
            <dd class="mono">{known.id}</dd>
          </dl>
        </section>
      </Scroll>
    </Panel>
  );
}
