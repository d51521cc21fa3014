import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/adapters/post-json.ts';
import { telegramSink } from '../../src/adapters/telegram-sink.ts';
import { alertmanagerSink, slackSink } from '../../src/adapters/webhook-sinks.ts';
import type { AlertSink, Notice } from '../../src/ports/alerts.ts';
import { loopback, type Reply, type Request } from './loopback.ts';

const TOKEN = '123456:CANARY-token_of_a_bot';
const notice = (change: Partial<Notice> = {}): Notice => ({
  level: 'CRITICAL',
  category: 'INCIDENT_FAILED',
  message: 'signal_bus could not be healed: <full> & "done"',
  details: { incident: 'inc_1' },
  action_required: 'Look.',
  timestamp: 1_767_571_200,
  timestamp_iso: '2026-01-05T00:00:00.000Z',
  id: 'alert_1_00000000',
  state: 'firing',
  subject: 'signal_bus/accepts',
  count: 3,
  first_at: '2026-01-05T00:00:00.000Z',
  ...change,
});
const over = notice({ state: 'resolved', message: 'it holds again' });
const bodyOf = <T>({ requests }: { readonly requests: readonly Request[] }): T => {
  const [first] = requests;
  if (!first) throw new Error('nothing was sent');
  return first.body as T;
};
const send = (sink: AlertSink, notices: readonly Notice[]) => sink.deliver(notices, new AbortController().signal);

describe("Alertmanager's shape", () => {
  it('is an array of alerts with labels that stay the same until the recovery, which ends them', async () => {
    const service = await loopback();
    const sink = alertmanagerSink({ id: 'am', url: service.url, bot: './bot', lastsMs: 28_800_000 });
    expect(await send(sink, [notice()])).toEqual({ ok: true });
    expect(await send(sink, [over])).toEqual({ ok: true });
    expect(service.requests.map(({ path }) => path)).toEqual(['/api/v2/alerts', '/api/v2/alerts']);
    const [firing, resolved] = service.requests.map(({ body }) => (body as Record<string, string>[])[0]);
    expect(firing).toEqual({
      labels: {
        alertname: 'INCIDENT_FAILED',
        severity: 'critical',
        subject: 'signal_bus/accepts',
        job: 'kintsugi',
        instance: './bot',
      },
      annotations: {
        summary: 'signal_bus could not be healed: <full> & "done"',
        action: 'Look.',
        count: '3',
        alert_id: 'alert_1_00000000',
        details: '{"incident":"inc_1"}',
      },
      startsAt: '2026-01-05T00:00:00.000Z',
      endsAt: expect.any(String),
    });
    expect(resolved?.labels).toEqual(firing?.labels);
    const now = Date.now();
    expect(Date.parse(firing?.endsAt ?? '')).toBeGreaterThan(now + 28_000_000);
    expect(Math.abs(Date.parse(resolved?.endsAt ?? '') - now)).toBeLessThan(10_000);
  });

  it('is posted in the name that stands in the address, which fetch takes in no address', async () => {
    const service = await loopback();
    for (const who of ['bot:pass%40word%21', 'bot:100%'])
      await send(
        alertmanagerSink({ id: 'am', url: service.url.replace('//', `//${who}@`), bot: './bot', lastsMs: 1_000 }),
        [notice()],
      );
    const names = service.requests.map(({ authorization = '' }) => authorization.replace(/^Basic /, ''));
    expect(names.map((name) => Buffer.from(name, 'base64').toString())).toEqual(['bot:pass@word!', 'bot:100%']);
  });

  it('never begins in the future, which Alertmanager refuses, whatever time the bot lives in', async () => {
    const service = await loopback();
    const sink = alertmanagerSink({ id: 'am', url: `${service.url}/own/path`, bot: 'b', lastsMs: 1_000 });
    await send(sink, [notice({ first_at: '2999-01-01T00:00:00.000Z', state: 'resolved' })]);
    const [alert] = bodyOf<{ startsAt: string; endsAt: string }[]>(service);
    expect(service.requests[0]?.path).toBe('/own/path');
    expect(Date.parse(alert?.startsAt ?? '')).toBeLessThan(Date.parse(alert?.endsAt ?? ''));
  });
});

describe("Slack's shape", () => {
  it('has text for the notification and a block for each notice, escaped and short enough', async () => {
    const service = await loopback(() => ({ status: 200, body: 'ok' }));
    const sink = slackSink({ id: 'slack', url: `${service.url}/services/T/B/X`, bot: './bot' });
    await send(sink, [notice(), over, notice({ message: '&'.repeat(5_000) })]);
    const { text, blocks } = bodyOf<{ text: string; blocks: { text: { text: string } }[] }>(service);
    expect(text.split('\n')[0]).toBe('🔴 CRITICAL INCIDENT_FAILED signal_bus/accepts');
    expect(text.split('\n')[1]).toBe('✅ over: INCIDENT_FAILED signal_bus/accepts');
    expect(blocks).toHaveLength(3);
    expect(blocks[0]?.text.text).toContain('&lt;full&gt; &amp; "done" (3 times)');
    for (const block of blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000);
  });
});

describe('Telegram', () => {
  const sinkAt = (apiUrl: string): AlertSink =>
    telegramSink({ id: 'telegram', apiUrl, token: TOKEN, chatId: '-100', bot: './bot' });

  it('gets plain text by sendMessage, within its length', async () => {
    const service = await loopback(() => ({ status: 200, body: '{"ok":true}' }));
    await send(sinkAt(service.url), Array(5).fill(notice({ message: 'x'.repeat(5_000) })));
    expect(service.requests[0]?.path).toBe(`/bot${TOKEN}/sendMessage`);
    const { chat_id, text } = bodyOf<{ chat_id: string; text: string }>(service);
    expect(chat_id).toBe('-100');
    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(text).toContain('🔴 CRITICAL INCIDENT_FAILED');
  });

  it('says in the body when it wants to be asked again, and why it refuses', async () => {
    const service = await loopback();
    service.says(() => ({ status: 429, body: '{"ok":false,"parameters":{"retry_after":35}}' }));
    expect(await send(sinkAt(service.url), [notice()])).toMatchObject({ retry: true, afterMs: 35_000 });
    service.says(() => ({ status: 400, body: '{"ok":false,"description":"Bad Request: chat not found"}' }));
    expect(await send(sinkAt(service.url), [notice()])).toMatchObject({
      retry: false,
      why: 'HTTP 400: Bad Request: chat not found',
    });
    service.says(() => ({ status: 502, body: '<html>' }));
    expect(await send(sinkAt(service.url), [notice()])).toMatchObject({ retry: true, why: 'HTTP 502: <html>' });
  });
});

describe('an answer over HTTP', () => {
  const answered = async (reply: Reply | 'silence', answerWithinMs = 5_000) => {
    const service = await loopback(() => reply);
    const url = `${service.url}/secret-path-of-the-hook`;
    const outcome = await send(slackSink({ id: 's', url, bot: 'b', answerWithinMs }), [notice()]);
    return { outcome, service, url };
  };

  it.each([200, 201, 204])('%i is taken', async (status) => {
    expect((await answered({ status })).outcome).toEqual({ ok: true });
  });
  it.each([408, 429, 500, 502, 503, 504])('%i is tried again', async (status) => {
    expect((await answered({ status })).outcome).toMatchObject({ ok: false, retry: true, afterMs: null });
  });
  it.each([400, 401, 403, 404, 410])('%i is final', async (status) => {
    expect((await answered({ status })).outcome).toMatchObject({ ok: false, retry: false });
  });
  it('that redirects is final: the address and what is sent are not for another host', async () => {
    const other = await loopback();
    const { outcome } = await answered({ status: 307, headers: { location: other.url } });
    expect(outcome).toMatchObject({ retry: false, why: 'HTTP 307, a redirect, which is not followed' });
    expect(other.requests).toEqual([]);
  });
  it('with Retry-After is heeded, as seconds and as a date', async () => {
    const { outcome } = await answered({ status: 503, headers: { 'retry-after': '120' } });
    expect(outcome).toMatchObject({ retry: true, afterMs: 120_000 });
    expect(retryAfterMs('Mon, 05 Jan 2026 00:01:00 GMT', Date.UTC(2026, 0, 5))).toBe(60_000);
    expect(retryAfterMs('Mon, 05 Jan 2026 00:00:00 GMT', Date.UTC(2026, 0, 6))).toBe(0);
    expect(retryAfterMs('soon', 0)).toBeNull();
    expect(retryAfterMs(null, 0)).toBeNull();
  });
  it('that does not come in time, or comes from nobody, is tried again, and the address is not in the words', async () => {
    const late = await answered('silence', 50);
    expect(late.outcome).toEqual({ ok: false, retry: true, afterMs: null, why: 'no answer within 0.05 s' });
    await late.service.close();
    const outcome = await send(slackSink({ id: 's', url: late.url, bot: 'b' }), [notice()]);
    expect(outcome).toEqual({ ok: false, retry: true, afterMs: null, why: 'the request failed (ECONNREFUSED)' });
  });
  it('is not waited for once the bot stops', async () => {
    const service = await loopback(() => 'silence');
    const stop = new AbortController();
    const sending = slackSink({ id: 's', url: service.url, bot: 'b' }).deliver([notice()], stop.signal);
    stop.abort();
    expect(await sending).toMatchObject({ ok: false, retry: true });
  });
  it('that repeats a secret is cleaned before it is cut short', async () => {
    const service = await loopback(() => ({ status: 400, body: `${'x'.repeat(195)}CANARY-secret` }));
    const clean = (text: string) => text.replaceAll('CANARY-secret', '#');
    const outcome = await send(slackSink({ id: 's', url: service.url, bot: 'b', clean }), [notice()]);
    expect(outcome).toMatchObject({ why: `HTTP 400: ${'x'.repeat(195)}#` });
  });
  it('of an endless body is read in part', async () => {
    const { outcome } = await answered({ status: 400, body: 'x'.repeat(10_000_000) });
    expect(outcome).toMatchObject({ retry: false, why: `HTTP 400: ${'x'.repeat(200)}` });
  });
});
