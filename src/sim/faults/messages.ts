/** Faults of what actors send each other. */
import type { AnyEventObject } from 'xstate';
import type { Chance } from '../../ports/chance.ts';
import { ACTORS } from '../roster.ts';
import { type AimedChance, type FaultRule, pick, within } from './fault.ts';
import { poisonFor } from './poison.ts';

/** What is an answer, or the news that something was done. */
const ANSWERS: ReadonlySet<string> = new Set([
  'REMEDY.DONE',
  'REMEDY.FAILED',
  'VETTED',
  'DECIDED',
  'BUS.RECORD',
  'POSITION.CHANGED',
  'EXIT.ENDED',
  'RECONCILED',
  'EXPOSURE',
  'PIPELINE',
  'INTENT',
]);

/** What anybody may ask, as often as he likes. */
const QUESTIONS = [
  ['tradeExecution', { type: 'RECONCILE' }],
  ['safetyLayer', { type: 'TELL_EXPOSURE' }],
  ['stateMachine', { type: 'TELL_UNDECIDED' }],
] as const;

export const MESSAGE_FAULTS: readonly FaultRule[] = [
  {
    kind: 'message-poisoned',
    strikes: 'an actor: a message of a kind it takes is empty, or throws when it is read',
    meets: ACTORS,
    inflict: ({ host }, chance) => {
      const actor = pick(chance, ACTORS);
      const { life } = host;
      if (!life) return [];
      for (const poison of poisonFor(actor, chance)) life.bot.mailboxes.post(actor, poison);
      return [actor];
    },
  },
  {
    kind: 'answer-doubled',
    strikes: 'an actor: it answers twice, several times',
    meets: ACTORS,
    inflict: ({ host }, chance) => {
      const { life } = host;
      if (!life) return [];
      const answers = pick(chance, [...ANSWERS]);
      let left = within(chance, 1, 6);
      const { mailboxes } = life.bot;
      const post = mailboxes.post.bind(mailboxes);
      mailboxes.post = (to: string, event: AnyEventObject) => {
        post(to, event);
        if (left === 0 || event.type !== answers) return;
        if (--left === 0) mailboxes.post = post;
        post(to, event);
      };
      return ACTORS;
    },
  },
  {
    kind: 'event-storm',
    strikes: 'an actor: hundreds of messages at once',
    meets: ['exitGates', ...QUESTIONS.map(([to]) => to)],
    inflict: ({ host, market }, chance: Chance | AimedChance) => {
      const { life } = host;
      if (!life) return [];
      const count = within(chance, 50, 400);
      const storms = chance.next() < 0.4;
      if ('likes' in chance ? chance.likes('exitGates') : storms) {
        market.storm(count);
        return ['exitGates'];
      }
      const [to, question] = pick(chance, QUESTIONS);
      for (let i = 0; i < count; i++) life.bot.mailboxes.post(to, { ...question });
      return [to];
    },
  },
];
