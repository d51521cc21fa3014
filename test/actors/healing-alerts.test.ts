import { describe, expect, it } from 'vitest';
import { healingAlerts } from '../../src/actors/healing-alerts.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import type { Incident } from '../../src/healing/incident.ts';
import type { Finding } from '../../src/healing/invariant.ts';
import { killSwitchOff, trip } from '../../src/healing/kill-switch.ts';
import { type Round, restful } from '../../src/healing/round.ts';
import { alertHabitat, START } from './alert-habitat.ts';

const finding = (holds: boolean | null, says = ''): Finding =>
  ({ holds, says, figures: {}, takenAt: START }) as Finding;
const incident = (severity: string, phase: Incident['phase'] = 'failed'): Incident =>
  ({
    id: 'inc_1',
    invariant: { id: 'signal_bus/accepts', component: 'signal_bus', severity },
    phase,
    before: finding(false, 'the disk is full'),
    attempts: [{ remedy: { type: 'REPAIR', target: 'log' } }],
    verdict: 'no remedy is left',
  }) as unknown as Incident;
const round = (open: readonly Incident[], holds: boolean | null): Round => ({
  ...restful,
  incidents: new Map(open.map((one) => [one.invariant.id, one])),
  findings: new Map([['signal_bus/accepts', finding(holds)]]),
});

async function operator(dir?: string) {
  const t = await alertHabitat(dir === undefined ? {} : { dir });
  const pending = new PendingWork();
  const log = { info: () => undefined, warn: () => undefined, error: (words: string) => void t.said.push(words) };
  return {
    ...t,
    alerts: healingAlerts({ alerts: t.desk, pending, log }),
    told: async () => {
      await pending.idle();
      return t.lines().map(({ subject, state, count }) => `${subject} ${state} ${count}`);
    },
  };
}

describe('what the healing tells the operator', () => {
  it('is an incident nobody could heal, and that it is over once the invariant holds and no incident is open', async () => {
    const t = await operator();
    const failed = incident('critical');
    t.alerts.failed(failed);
    t.alerts.swept([round([failed], false)], killSwitchOff);
    t.alerts.swept([round([incident('critical', 'proving')], true)], killSwitchOff);
    t.alerts.swept([round([], null)], killSwitchOff);
    expect(await t.told()).toEqual(['signal_bus/accepts firing 1']);
    t.alerts.swept([round([], true)], killSwitchOff);
    expect(await t.told()).toEqual(['signal_bus/accepts firing 1', 'signal_bus/accepts resolved 1']);
    expect(t.lines()[0]).toMatchObject({
      message: 'signal_bus could not be healed: no remedy is left',
      details: { incident: 'inc_1', evidence: 'the disk is full', remedies: ['REPAIR'] },
    });
    await t.desk.close();
  });

  it.each(['high', 'medium'])('is no incident of %s severity', async (severity) => {
    const t = await operator();
    t.alerts.failed(incident(severity));
    expect(await t.told()).toEqual([]);
    await t.desk.close();
  });

  it('is that an incident of an earlier life is over', async () => {
    const first = await operator();
    first.alerts.failed(incident('critical'));
    await first.told();
    await first.desk.close();
    const second = await operator(first.dir);
    second.alerts.swept([restful, round([], true)], killSwitchOff);
    expect(await second.told()).toEqual(['signal_bus/accepts firing 1', 'signal_bus/accepts resolved 1']);
    await second.desk.close();
  });

  it('is the kill switch: once while it is on, over a restart too, and when it is off', async () => {
    const first = await operator();
    first.alerts.switched(true, 'trouble', false);
    await first.told();
    await first.desk.close();
    const second = await operator(first.dir);
    second.alerts.switched(true, 'trouble', true);
    expect(await second.told()).toEqual(['kill_switch firing 1']);
    second.alerts.switched(false, 'an hour without trouble', false);
    expect(await second.told()).toEqual(['kill_switch firing 1', 'kill_switch resolved 1']);
    await second.desk.close();
  });

  it('is the kill switch also when the life that threw it died before it could say so, or that it was reset', async () => {
    const t = await operator();
    t.alerts.switched(true, 'it was on before', true);
    expect(await t.told()).toEqual(['kill_switch firing 1']);
    t.alerts.swept([], trip(killSwitchOff, 'it was on before', START));
    expect(await t.told()).toEqual(['kill_switch firing 1']);
    t.alerts.swept([], killSwitchOff);
    expect(await t.told()).toEqual(['kill_switch firing 1', 'kill_switch resolved 1']);
    await t.desk.close();
  });
});
