import { describe, expect, it } from 'vitest';
import { acknowledgedLines } from './acknowledged.ts';
import { callsIn, payload, unescaped } from './calls.ts';

const LOG = `
11 openat(AT_FDCWD</bot>, "/bot/logs/a.jsonl", O_RDWR|O_CREAT|O_APPEND|O_NOFOLLOW|O_CLOEXEC, 0640) = 21</bot/logs/a.jsonl>
11 write(21</bot/logs/a.jsonl>, "{\\"says\\":\\"</x> = \\\\\\\\ \\360\\237\\224\\247\\"}\\n", 26 <unfinished ...>
12 fdatasync(22</bot/logs/b.jsonl> <unfinished ...>
11 <... write resumed>)                   = 26
12 <... fdatasync resumed>)               = -1 EIO (Input/output error) (INJECTED)
11 rename("/bot/state/.x.tmp", "/bot/state/x.json") = 0
12 fdatasync(21</bot/logs/a.jsonl>)       = 0 (DELAYED)
11 write(21</bot/logs/a.jsonl>, "{}\\n", 3) = ?
11 +++ killed by SIGKILL +++
`;

describe('what strace tells', () => {
  const calls = callsIn(LOG);

  it('is read call by call, those in two pieces too', () => {
    expect(calls.map(({ name, result, code, injected }) => [name, result, code, injected])).toEqual([
      ['openat', 21, null, false],
      ['write', 26, null, false],
      ['fdatasync', -1, 'EIO', true],
      ['rename', 0, null, false],
      ['fdatasync', 0, null, true],
      ['write', null, null, false],
    ]);
    expect(calls[3]?.paths).toEqual(['/bot/state/.x.tmp', '/bot/state/x.json']);
  });

  it('has the bytes that were written, whatever they are', () => {
    const [, write] = calls;
    expect(write && payload(write).toString()).toBe('{"says":"</x> = \\\\ 🔧"}\n');
    expect(write?.paths).toEqual(['/bot/logs/a.jsonl']);
    expect(unescaped('\\0\\12\\n1')).toEqual(Buffer.from([0, 0o12, 0x0a, 0x31]));
  });

  it('proves as kept what was written whole and then synced', () => {
    expect(acknowledgedLines(calls)).toEqual(['{"says":"</x> = \\\\ 🔧"}']);
    expect(acknowledgedLines(calls.filter(({ result, name }) => name !== 'fdatasync' || result !== 0))).toEqual([]);
  });
});
