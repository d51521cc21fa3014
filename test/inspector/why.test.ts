import { describe, expect, it } from 'vitest';
import { incidentStory, nextCommand } from '../../src/healing/incident-story.ts';
import { storyOf } from '../../src/inspector/story.ts';
import { whyOf } from '../../src/inspector/why.ts';
import { judgedBot } from './judged-bot.ts';

const running = () => {
  const bot = judgedBot();
  bot.all(true);
  bot.look();
  return bot;
};
const chain = (bot: ReturnType<typeof judgedBot>, component: string) => {
  const found = whyOf(component, bot.known());
  const step = (kind: string) => found?.steps.find((one) => one.kind === kind);
  return {
    ...found,
    kinds: found?.steps.map(({ kind }) => kind),
    step,
    text: (kind: string) => step(kind)?.lines.join('\n'),
  };
};

describe('why a component is what it is', () => {
  it('is, of a green one, what holds and since when', () => {
    const bot = running();
    bot.pass(60_000);
    bot.look();
    const { health, incident, kinds, text, step } = chain(bot, 'heartbeat');
    expect({ health, incident, kinds }).toEqual({ health: 'green', incident: null, kinds: ['proof'] });
    expect(step('proof')?.title).toBe('All 2 checks hold');
    expect(text('proof')).toContain('Without trouble since 1970-01-01 00:00:01.000Z, for 1 min 00 s.');
    bot.mend('heartbeat/works');
    bot.pass(700_000);
    bot.look();
    expect(chain(bot, 'heartbeat').text('proof')).toContain('for 1 min 40 s.');
  });

  it('is, of a red one, the whole chain from the symptom to what to do, with a command', () => {
    const bot = running();
    bot.giveUp('state_machine/works');
    const { health, kinds, text, step, incident } = chain(bot, 'state_machine');
    expect(health).toBe('red');
    expect(kinds).toEqual(['symptom', 'cause', 'tried', 'effect', 'needs_you', 'green_when']);
    expect(text('symptom')).toContain('state_machine/works broken, 0 ms ago: state_machine/works is false');
    expect(step('cause')?.title).toBe('It is the root cause itself');
    expect(step('tried')?.title).toBe('4 remedies were sent');
    expect(text('tried')).toMatch(/The last word: no\.[\s\S]*2 of 3 RESTART in 60 s are left\./);
    expect(step('effect')?.title).toBe('Entries are blocked, exits go on.');
    expect(step('needs_you')).toMatchObject({ title: 'Needs you', command: 'kintsugi doctor --dir /srv/bot' });
    expect(text('green_when')).toContain(`${incident} must be closed.`);
  });

  it('names the cause of a symptom, and what waits on the cause', () => {
    const bot = running();
    bot.set('state_machine/works', false);
    bot.set('state_machine/keeps-up', false);
    bot.look();
    expect(chain(bot, 'state_machine').text('effect')).toContain('state_machine/keeps-up waits on it');
    bot.set('state_machine/works', true);
    bot.answer('state_machine/works', true);
    const { step, text } = chain(bot, 'state_machine');
    expect(step('cause')?.title).toBe('Caused by state_machine/works');
    expect(text('cause')).toContain('It was caused by state_machine/works (INC-1, healed)');
    expect(step('tried')?.title).toBe('Nothing was sent yet');
  });

  it('says of one that was healed what proved it, and until when it is watched', () => {
    const bot = running();
    bot.mend('signal_bus/works', 1_500);
    bot.pass(60_000);
    bot.look();
    const { health, text, step } = chain(bot, 'signal_bus');
    expect(health).toBe('yellow');
    expect(text('proof')).toContain('held again on new evidence');
    expect(text('green_when')).toContain('It is watched until 1970-01-01 00:10:02.500Z, in 9 min 00 s.');
    expect(step('needs_you')).toMatchObject({ title: 'Nothing is asked of you', command: null });
  });

  it('tells of the component asked for, not of what is broken elsewhere', () => {
    const bot = running();
    bot.giveUp('shadow_engine/keeps-up');
    bot.set('signal_bus/keeps-up', false);
    bot.look();
    expect(chain(bot, 'shadow_engine').step('effect')?.title).toBe('Trading is unaffected.');
    expect(chain(bot, 'signal_bus').step('effect')?.title).toBe('Trading may be affected.');
  });

  it('says that nothing is known, where nothing is known', () => {
    const { health, kinds, step } = chain(judgedBot(), 'signal_bus');
    expect(health).toBe('unknown');
    expect(kinds).toEqual(['symptom', 'needs_you', 'green_when']);
    expect(step('symptom')?.title).toBe('Nothing is known yet');
    expect(whyOf('nobody', judgedBot().known())).toBeNull();
  });
});

describe('the story of an incident', () => {
  it('is word for word that of kintsugi explain, with every record of it', () => {
    const bot = running();
    bot.giveUp('state_machine/works');
    bot.mend('signal_bus/works');
    const id = chain(bot, 'state_machine').incident ?? '';
    const around = { running: bot.known().status.open_incidents, dir: '/srv/bot' };
    const told = storyOf(id, bot.records, around);
    expect(told?.records.length).toBeGreaterThan(4);
    expect(new Set(told?.records.map(({ incident_id: of }) => of))).toEqual(new Set([id]));
    expect(told?.incident).toEqual(bot.records.findLast(({ incident_id: of }) => of === id));
    expect(told?.story).toEqual(
      incidentStory(told?.incident ?? bot.records[0] ?? never(), { ...around, all: told?.records ?? [] }),
    );
    expect(storyOf('INC-none', bot.records, around)).toBeNull();
  });

  it('gives a command that a shell takes as it stands', () => {
    const bot = running();
    bot.giveUp('state_machine/works');
    const failed = bot.records.at(-1) ?? never();
    const command = nextCommand(failed, { all: [], running: [], dir: "/srv/it's mine" });
    expect(command).toBe(`kintsugi doctor --dir '/srv/it'\\''s mine'`);
  });
});

function never(): never {
  throw new Error('there is no record');
}
