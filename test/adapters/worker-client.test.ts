import { describe, expect, it, onTestFinished } from 'vitest';
import { besideModule, WorkerClient, type WorkerClientOptions } from '../../src/adapters/worker-client.ts';

function client(more: Partial<WorkerClientOptions> = {}): WorkerClient {
  const made = new WorkerClient({
    entry: besideModule('./troubled-worker', import.meta.url),
    data: { dir: '/bot' },
    name: 'the reader of /bot',
    whenLate: 'it may be reading. Ask again',
    answerWithinMs: 20_000,
    memoryMb: 64,
    ...more,
  });
  onTestFinished(() => made.close());
  return made;
}

describe('a worker that is asked', () => {
  it('answers with what it was given', async () => {
    expect(await client().ask('echo', 1, { a: 'b' })).toEqual({ given: [1, { a: 'b' }], start: { dir: '/bot' } });
  });

  it('refuses one question under its own name, and answers the next', async () => {
    const worker = client();
    await expect(worker.ask('refuse')).rejects.toMatchObject({ name: 'RangeError', message: 'that is asked too much' });
    expect(await worker.ask('echo')).toMatchObject({ given: [] });
  });

  it.each([
    ['die', 'it ended with code 3'],
    ['throw', 'a fault of its own'],
    ['eat', 'memory'],
  ])('dies (%s): whoever waits is told why, and the next question starts it anew', async (how, why) => {
    const worker = client();
    await worker.ask('echo');
    const first = worker.threadId;
    const dying = worker.ask(how);
    const waiting = worker.ask('hang');
    const told = await Promise.allSettled([dying, waiting]);
    const words = told.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(words.join()).toContain('the reader of /bot died');
    expect(words.join()).toContain(why);
    expect(words.join()).toContain('started anew with the next question');
    expect(await worker.ask('echo', 2)).toMatchObject({ given: [2] });
    expect(worker.threadId).not.toBe(first);
  });

  it('dies whenever it is started: it is tried again less and less often, and whoever asks is told', async () => {
    const worker = client({ entry: besideModule('./no-such-worker', import.meta.url) });
    await expect(worker.ask('echo')).rejects.toThrow(/died: .*no-such-worker/);
    await expect(worker.ask('echo')).rejects.toThrow(/died: .*no-such-worker/);
    await expect(worker.ask('echo')).rejects.toThrow(/died 2 times in a row: .* It is tried again in \d s/);
    expect(worker.threadId).toBe(null);
  });

  it('is late: the question is refused in words, with what can be done', async () => {
    const worker = client({ answerWithinMs: 300 });
    await expect(worker.ask('hang')).rejects.toThrow(/the reader of \/bot did not answer within 0 s.*Ask again/);
  });

  it('is closed: what is asked then, or was, is refused', async () => {
    const worker = client();
    const asked = expect(worker.ask('hang')).rejects.toThrow('was closed before it answered');
    await worker.close();
    await asked;
    await expect(worker.ask('echo')).rejects.toThrow('was closed; nothing is asked of it any more');
  });

  it('is the module beside another, as source and as built', () => {
    expect(besideModule('./worker', 'file:///p/src/reader.ts').href).toBe('file:///p/src/worker.ts');
    expect(besideModule('./worker', 'file:///p/dist/reader.js').href).toBe('file:///p/dist/worker.js');
  });
});
