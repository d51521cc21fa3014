/** All of a fleet: its partitions and who has them, its workers and who lives, and the one switch. */
import '../style/overview.css';
import '../style/fleet.css';
import type {
  FleetPartition,
  FleetReport,
  FleetWorkerView,
  Health as HealthValue,
} from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { count, duration, plural, sentence } from '../format.ts';
import { overview, stale } from '../live.ts';
import { KillSwitch, VerdictBanner } from '../overview/verdict.tsx';
import { Health, RANK } from '../part/health.tsx';
import { Bounded, Panel } from '../part/panel.tsx';
import { Answer, Empty, Loading } from '../part/state.tsx';
import { botAddress } from '../route.ts';
import { seen } from '../seen.ts';

const EVERY_MS = 1_000;
const WITHIN_MS = 5_000;
/** Of workers that are gone, so many are named: each process that ever worked is remembered. */
const GONE_SHOWN = 8;

const HEALTHS: readonly string[] = ['green', 'yellow', 'red', 'unknown'];
/** What begins or ends is on its way. */
const healthOf = (status: string): HealthValue => (HEALTHS.includes(status) ? (status as HealthValue) : 'yellow');

/** Two keys that a person would say in the same order: `2of12` before `10of12`. */
const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function Lease({ ms }: { readonly ms: number | null }) {
  if (ms === null) return <span class="dim">none</span>;
  if (ms > 0) return <span>{duration(ms)} left</span>;
  return <span class="bad">out for {duration(-ms)}</span>;
}

/** What was true once and may not be any more. */
const NotKnown = () => <span class="dim">not known</span>;

function PartitionRow({ one, old }: { readonly one: FleetPartition; readonly old: boolean }) {
  return (
    <tr data-testid="partition" data-owner={one.owner ?? ''}>
      <th scope="row" class="lead">
        <a class="lnk" href={botAddress(one.name)} title="What is inside its bot">
          {one.name}
        </a>
      </th>
      <td data-label="Health">
        {old ? (
          <Health health="unknown" />
        ) : (
          <Health health={healthOf(one.status)} says={one.owner === null ? 'No owner' : sentence(one.status)} />
        )}
      </td>
      <td data-label="Owner">{one.owner ?? <span class="bad">nobody</span>}</td>
      <td data-label="Epoch" class="num">
        {count(one.epoch)}
      </td>
      <td data-label="Lease" class="num">
        {old ? <NotKnown /> : <Lease ms={one.lease_ms} />}
      </td>
      <td data-label="Last commit" class="num">
        {old ? <NotKnown /> : one.lag_ms === null ? <span class="dim">none yet</span> : `${duration(one.lag_ms)} ago`}
      </td>
      <td data-label="Bytes" class="num soft">
        {count(one.bytes)}
      </td>
    </tr>
  );
}

function Partitions({ partitions, old }: { readonly partitions: readonly FleetPartition[]; readonly old: boolean }) {
  const worst = [...partitions].sort((a, b) => RANK[healthOf(a.status)] - RANK[healthOf(b.status)] || byName(a, b));
  return (
    <Panel title="Partitions" note={`${count(partitions.length)}, the worst first`} testid="partitions">
      {partitions.length === 0 ? (
        <Empty title="There are none yet" says="The first worker makes them." />
      ) : (
        <table class="table fold fleet-table">
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col">Health</th>
              <th scope="col">Owner</th>
              <th scope="col" class="num">
                Epoch
              </th>
              <th scope="col" class="num">
                Lease
              </th>
              <th scope="col" class="num">
                Last commit
              </th>
              <th scope="col" class="num">
                Bytes
              </th>
            </tr>
          </thead>
          <tbody>
            {worst.map((one) => (
              <PartitionRow key={one.name} one={one} old={old} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const lifeOf = ({ alive, leaving }: FleetWorkerView): readonly [HealthValue, string] =>
  alive ? ['green', 'Alive'] : leaving ? ['unknown', 'Left'] : ['red', 'Not heard of'];

/** As text: a page of another port or machine may not lead to it. */
function WorkerPage({ one: { name, alive, host, page } }: { readonly one: FleetWorkerView }) {
  if (overview.value?.name === name) return <span class="soft">this one</span>;
  if (!alive || page === null) return <span class="dim">none</span>;
  return (
    <>
      <code>{page}</code>
      {host !== null && <span class="soft"> on {host}</span>}
    </>
  );
}

function WorkerRow({ one, old }: { readonly one: FleetWorkerView; readonly old: boolean }) {
  const [health, says] = old ? (['unknown', 'Unknown'] as const) : lifeOf(one);
  return (
    <tr data-testid="worker" data-alive={one.alive}>
      <th scope="row" class="lead">
        {one.name}
      </th>
      <td data-label="Life">
        <Health health={health} says={says} />
      </td>
      <td data-label="Last seen" class="num">
        {old ? <NotKnown /> : `${duration(one.seen_ms_ago)} ago`}
      </td>
      <td data-label="Partitions" class="num">
        {count(one.partitions)}
      </td>
      <td data-label="Orders" class={one.orders === null || one.orders === 'on paper' ? 'soft' : 'bad'}>
        {one.orders ?? 'does not say'}
      </td>
      <td data-label="Page">
        <WorkerPage one={one} />
      </td>
      <td data-label="Process" class="num soft">
        {one.pid}
      </td>
    </tr>
  );
}

function Workers({ workers, old }: { readonly workers: readonly FleetWorkerView[]; readonly old: boolean }) {
  const alive = workers.filter((worker) => worker.alive).sort(byName);
  const gone = workers.filter((worker) => !worker.alive).sort((a, b) => a.seen_ms_ago - b.seen_ms_ago);
  const shown = [...alive, ...gone.slice(0, GONE_SHOWN)];
  const more = gone.length - GONE_SHOWN;
  return (
    <Panel
      title="Workers"
      note={old ? 'who lives is not known' : `${count(alive.length)} alive`}
      foot={more > 0 ? `${plural(more, 'more worker')} of earlier times` : null}
      testid="workers"
    >
      {shown.length === 0 ? (
        <Empty title="Nobody works yet" says="A worker is here as soon as it has said that it lives." />
      ) : (
        <table class="table fold fleet-table">
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Life</th>
              <th scope="col" class="num">
                Last seen
              </th>
              <th scope="col" class="num">
                Partitions
              </th>
              <th scope="col">Orders</th>
              <th scope="col">Page</th>
              <th scope="col" class="num">
                Process
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <WorkerRow key={one.name} one={one} old={old} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** @param old why what is shown is not believed any more */
function Store({ report, old }: { readonly report: FleetReport; readonly old: string | null }) {
  return (
    <p class="fleet-store soft" role="status">
      {old === null ? (
        <>
          Read from <code>{report.store}</code> every second.
        </>
      ) : (
        <span class="bad">What is below is from before: {sentence(old)}.</span>
      )}
    </p>
  );
}

export function FleetPage() {
  const asked = useAsked<FleetReport>(() => 'api/fleet', EVERY_MS, WITHIN_MS);
  const known = seen.value;
  const old = asked.value.error ?? (stale.value ? 'this worker is silent' : null);
  return (
    <main class="page overview fleet" id="main">
      {known === null ? <Loading what="the fleet" lines={3} /> : <VerdictBanner known={known} />}
      {known !== null && <KillSwitch known={known} />}
      <Bounded what="The fleet">
        <Answer asked={asked.value} what="the fleet">
          {(report) => (
            <>
              <Store report={report} old={old} />
              <Partitions partitions={report.partitions} old={old !== null} />
              <Workers workers={report.workers} old={old !== null} />
            </>
          )}
        </Answer>
      </Bounded>
    </main>
  );
}
