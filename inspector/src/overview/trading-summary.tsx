/** The pipeline and the guards in short; the whole of it is on the Trading page. */
import type { Signal } from '@preact/signals';
import type { TradingView } from '../../../src/inspector/contract.ts';
import type { Asked } from '../ask.ts';
import { count, duration, money, plural, words } from '../format.ts';
import { Health } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Answer, Empty } from '../part/state.tsx';
import { to } from '../route.ts';

type Trading = { readonly asked: Signal<Asked<TradingView>> };
type GuardRow = TradingView['guards'][number];

function Funnel({ of }: { readonly of: TradingView }) {
  const most = Math.max(1, ...of.funnel.map((one) => one.count));
  return (
    <table class="funnel">
      <caption class="vh">Signals from stage to stage, {duration(of.window_ms)}</caption>
      <thead class="vh">
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">Share</th>
          <th scope="col">Signals</th>
          <th scope="col">Lost</th>
        </tr>
      </thead>
      <tbody>
        {of.funnel.map(({ stage, count: n, lost }) => (
          <tr key={stage}>
            <th scope="row">{stage}</th>
            <td class="fb">
              <svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
                <rect width="100" height="16" class="rail" />
                <rect width={100 * Math.min(1, Math.max(0, n / most))} height="16" class="fill" />
              </svg>
            </td>
            <td class="num">{count(n)}</td>
            <td class="num dim lost">{lost ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why signals were not traded, in one sentence. */
function WhyNot({ of }: { readonly of: TradingView }) {
  if (of.why_not.length === 0) return null;
  const all = of.why_not.reduce((sum, one) => sum + one.count, 0);
  return (
    <p class="fnote">
      <b>Why not traded?</b> Of {count(all)} signals that ended without a trade,{' '}
      {of.why_not
        .slice(0, 3)
        .map((one) => `${count(one.count)} by ${one.by} (${one.reason})`)
        .join(', ')}
      .{' '}
      <a class="lnk" href={to('trading')}>
        All reasons
      </a>
    </p>
  );
}

export function Pipeline({ asked }: Trading) {
  const stuck = asked.value.value?.stuck;
  return (
    <Panel
      title="Pipeline"
      note={asked.value.value === null ? '' : duration(asked.value.value.window_ms)}
      class="pipeline"
      testid="pipeline"
      acts={
        stuck !== undefined && (
          <Health health={stuck === 0 ? 'green' : stuck > 10 ? 'red' : 'yellow'} says={`${count(stuck)} stuck`} />
        )
      }
    >
      <Answer asked={asked.value} what="the pipeline" lines={7}>
        {(of) =>
          of.funnel.length === 0 ? (
            <Empty title="No signal yet" says="The strategies need some candles before the first one." />
          ) : (
            <>
              <Funnel of={of} />
              <dl class="fx">
                <div>
                  <dt>Oldest in flight</dt>
                  <dd>{duration(of.oldest_unfinished_ms)}</dd>
                </div>
                <div>
                  <dt>Signal to order</dt>
                  <dd>{duration(of.signal_to_order_ms)}</dd>
                </div>
                <div>
                  <dt>Stuck after</dt>
                  <dd>{duration(of.stuck_after_ms)}</dd>
                </div>
              </dl>
              <WhyNot of={of} />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

const VERDICT_INK: Readonly<Record<GuardRow['verdict'], string>> = {
  saves: '',
  costs: 'warn',
  'no evidence': 'dim',
  'not enough data': 'dim',
};
const HALF = 100;

/** A bar from zero, its 95 % interval as a whisker. */
function Saved({ of, most }: { readonly of: GuardRow; readonly most: number }) {
  if (of.saved_usd === null || of.interval === null)
    return <span class="dim small">{plural(of.shadows, 'shadow')} so far</span>;
  const x = (usd: number): number => HALF + (usd / most) * (HALF - 4);
  const [low, high] = of.interval;
  const [left, right] = [Math.min(x(0), x(of.saved_usd)), Math.max(x(0), x(of.saved_usd))];
  return (
    <svg
      class="gb"
      viewBox={`0 0 ${2 * HALF} 18`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`between ${money(low, { sign: true })} and ${money(high, { sign: true })}`}
    >
      <path d={`M${HALF} 1V17`} class="zero" />
      <rect x={left} y={5} width={Math.max(1, right - left)} height={8} class={`g-${of.verdict.split(' ')[0]}`} />
      <path d={`M${x(low)} 9H${x(high)}M${x(low)} 6V12M${x(high)} 6V12`} class="ci" />
    </svg>
  );
}

export function Guards({ asked }: Trading) {
  return (
    <Panel
      title="Guards"
      note="USD saved by blocking, 24 h, with 95 % interval"
      class="guards"
      testid="guards"
      acts={
        <a class="lnk small" href={to('trading')}>
          Trading
        </a>
      }
    >
      <Answer asked={asked.value} what="the guards" lines={6}>
        {(of) => {
          const most = Math.max(1, ...of.guards.flatMap(({ interval }) => interval ?? []).map(Math.abs));
          return of.guards.length === 0 ? (
            <Empty
              title="No guard has blocked anything yet"
              says="What blocking saved is known when shadow trades end."
            />
          ) : (
            <table class="table dense grd">
              <caption class="vh">Guards, what they blocked, and what that saved</caption>
              <thead>
                <tr>
                  <th scope="col">Guard</th>
                  <th scope="col" class="num">
                    Blocked
                  </th>
                  <th scope="col" class="gbh">
                    <span>cost</span> <span>saved</span>
                  </th>
                  <th scope="col" class="num">
                    USD
                  </th>
                  <th scope="col">Verdict</th>
                </tr>
              </thead>
              <tbody>
                {of.guards.map((one) => (
                  <tr key={one.guard}>
                    <th scope="row">{words(one.guard)}</th>
                    <td class="num">{count(one.blocked)}</td>
                    <td>
                      <Saved of={one} most={most} />
                    </td>
                    <td class="num">{money(one.saved_usd, { sign: true })}</td>
                    <td class={`nw ${VERDICT_INK[one.verdict]}`}>{one.verdict}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Answer>
    </Panel>
  );
}
