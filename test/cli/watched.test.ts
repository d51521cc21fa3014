import { expect, it } from 'vitest';
import { notRunning } from '../../src/cli/bot-status.ts';
import { componentStory } from '../../src/cli/explain/overview.ts';
import { statusLines } from '../../src/cli/status-words.ts';
import { watchedOf } from '../../src/cli/watched.ts';
import type { Health } from '../../src/healing/health.ts';
import { perComponent, type StatusReport } from '../../src/healing/status.ts';
import { cascade } from './ledgers.ts';

const FEED = cascade().filter(({ incident_id: id }) => id === 'INC-1');
const healed = FEED.findLast(({ status }) => status === 'healed');
const closedAt = Date.parse(healed?.closed_at ?? '');
/** The cascade's feed as a component: what is healed is the signal bus here. */
const incidents = FEED.slice(-1).map((one) => ({ ...one, component: 'signal_bus' }));

const report = (botTime: number, health: (name: string) => Health): StatusReport => {
  const rest = notRunning(null);
  return {
    ...rest,
    ...{ status: 'yellow', pid: 7, bot_time: new Date(botTime).toISOString() },
    components: perComponent((name) => ({ ...rest.components[name], status: health(name) })),
  };
};
const busAlone = (name: string): Health => (name === 'signal_bus' ? 'yellow' : 'green');
const until = new Date(closedAt + 600_000).toISOString().slice(11, 19);
const words = `healed 5 s ago (INC-1), watched until ${until}Z`;

it('a component that is yellow because it was healed says so, in status and in explain', () => {
  const now = report(closedAt + 5_000, busAlone);
  const watched = watchedOf(now, incidents);
  expect(watched).toEqual({ signal_bus: words });
  const [first = ''] = statusLines(now, null, '/bot', watched);
  expect(first).toContain(`signal_bus: ${words}  (process 7`);
  expect(first).not.toContain('see below');
  const [how] = componentStory('signal_bus', incidents, now);
  expect(how?.says[0]).toMatch(/^It is yellow, in .+: healed 5 s ago \(INC-1\), watched until /);
});

it('what is wrong is pointed at beside it, and what was brought back without an incident is said to be', () => {
  const now = report(closedAt + 5_000, (name) => (name === 'heartbeat' ? 'red' : busAlone(name)));
  const [first = ''] = statusLines(now, null, '/bot', watchedOf(now, incidents));
  expect(first).toContain(`heartbeat: see below; signal_bus: ${words}`);
  const later = report(closedAt + 600_001, busAlone);
  expect(watchedOf(later, incidents)).toEqual({ signal_bus: expect.stringContaining('brought back lately') });
  expect(
    watchedOf(
      report(closedAt + 5_000, () => 'green'),
      [],
    ),
  ).toEqual({});
});
