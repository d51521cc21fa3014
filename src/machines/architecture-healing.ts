/** The healer of the bot's architecture: signal bus, state machine, shadow engine, decision tracker, pipeline monitor. */
import { attention, healerAsBorn, healerSetup } from './healer.ts';
import { alive } from './life.ts';

export const architectureHealing = healerSetup.createMachine({
  id: 'architectureHealing',
  context: ({ input }) => healerAsBorn(input),
  ...alive(attention),
});
