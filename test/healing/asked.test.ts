import { describe, expect, it } from 'vitest';
import { RESTART_INTENSITY } from '../../src/healing/budget.ts';
import { recordOf } from '../../src/healing/ledger.ts';
import { checkLedger } from '../../src/healing/ledger-check.ts';
import { type LivingBot, livingBot } from '../faults/living-bot.ts';

const BY = 'a test';
const INVARIANT = 'shadow_engine/follows-the-market';
const ask = (living: LivingBot, invariant = INVARIANT, remedy: 'EXPIRE' | 'REPAIR' | 'RESTART' | null = 'RESTART') =>
  living.bot.askRemedy({ invariant, remedy, by: BY });
const incarnation = (living: LivingBot): number =>
  living.bot.mailboxes.ref('shadowEngine')?.getSnapshot().context.life.incarnation;

describe('a remedy that a person asks for', () => {
  it('is sent while the invariant holds, planned first, proven after, and not called healed', async () => {
    const living = await livingBot();
    const { sent, incident, says } = await ask(living);
    expect(sent).toBe(true);
    expect(says).toContain('stop shadowEngine and start it anew');
    const own = () => living.incidents().find((one) => one.incident_id === incident);
    await living.until('it is over', () => own()?.status === 'cleared');
    expect(own()).toMatchObject({
      asked_by: BY,
      evidence_before: { holds: true },
      evidence_after: { holds: true },
      remedies: [{ type: 'RESTART', to: 'shadowEngine', outcome: 'proven', plan: { does: expect.any(String) } }],
      healed_ms: null,
    });
    const { evidence_after: after, remedies } = own() ?? {};
    expect(Date.parse(after?.taken_at ?? '')).toBeGreaterThanOrEqual(Date.parse(remedies?.[0]?.answered_at ?? ''));
    expect(incarnation(living)).toBe(2);
    // It was written before it was sent.
    const told = living.ledger().filter((one) => one.incident_id === incident);
    expect(told.map(({ status, remedies: tried }) => [status, tried.length])).toEqual([
      ['open', 0],
      ['open', 1],
      ['cleared', 1],
    ]);
    const lines = living.ledger().map((record, index) => ({ line: index + 1, offset: 0, length: 0, record }));
    expect(checkLedger(lines, [], false).findings).toEqual([]);
    expect(living.bot.board.counts.healed).toBe(0);
    await living.stop();
  });

  it('is never sent beyond the budget, and says when there is one again', async () => {
    const living = await livingBot();
    const answers = [];
    for (let i = 0; i <= RESTART_INTENSITY.most; i++) {
      const before = incarnation(living);
      const answer = await ask(living);
      answers.push(answer.sent);
      if (answer.sent) {
        await living.until('it runs again, proven', () => {
          const own = living.incidents().find((one) => one.incident_id === answer.incident);
          return incarnation(living) === before + 1 && own?.status === 'cleared';
        });
      } else
        expect(answer.says).toMatch(/the budget of 3 RESTART in 60 s for shadowEngine is spent; ask again in \d+ s/);
    }
    expect(answers).toEqual([true, true, true, false]);
    expect(living.bot.board.openIncidents()).toEqual([]);
    await living.stop();
  });

  it('is refused in words where it is none, where another is under way, and where the healer only observes', async () => {
    const living = await livingBot();
    expect(await ask(living, 'no/such')).toMatchObject({ sent: false, says: expect.stringContaining('no/such') });
    expect(await ask(living, INVARIANT, 'EXPIRE')).toMatchObject({
      sent: false,
      says: `EXPIRE is no remedy of ${INVARIANT}; there is RESTART`,
    });
    expect(await ask(living, 'signal_bus/sequence-whole', null)).toMatchObject({
      sent: false,
      says: 'no remedy of the bot mends signal_bus/sequence-whole',
    });
    const [first, second] = await Promise.all([ask(living), ask(living)]);
    expect(first.sent).toBe(true);
    expect(second).toMatchObject({
      sent: false,
      says: expect.stringContaining('another remedy of shadowEngine is under way'),
    });
    await living.stop();

    const watching = await livingBot({ healing: 'observe' });
    expect(await ask(watching)).toMatchObject({ sent: false, says: expect.stringContaining('only observes') });
    await watching.stop();
  });

  it('of what is broken goes on in its own incident, and heals it', async () => {
    const living = await livingBot();
    living.bot.mailboxes.stall('shadowEngine');
    await living.until('mail waits', () => living.bot.mailboxes.progress('shadowEngine').unprocessedSince !== null);
    const { incident } = await ask(living, 'shadow_engine/mail-drains');
    await living.until('it is over', () => {
      const own = living.incidents().find((one) => one.incident_id === incident);
      return own !== undefined && own.status !== 'open';
    });
    expect(living.bot.mailboxes.progress('shadowEngine').unprocessedSince).toBeNull();
    await living.stop();
  });
});

it('an incident that nobody asked for carries no name', async () => {
  const living = await livingBot();
  living.bot.mailboxes.ref('shadowEngine')?.send({ type: 'STOP' });
  await living.until('it is healed', () => living.incidents().some(({ status }) => status === 'healed'));
  expect(living.incidents().every((one) => !('asked_by' in one))).toBe(true);
  expect(living.bot.board.openIncidents().map((one) => recordOf(one, 0))).toEqual([]);
  await living.stop();
});
