/** Erlang/OTP as a peer, where `erl` is installed (Debian: `apt-get install erlang-base`). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a function of `peers/otp.erl` prints: a number. `null` where there is no Erlang. One scheduler: one core, as ours. */
export function onOtp(work: string, ...args: readonly number[]): number | null {
  if (spawnSync('erlc', ['-help']).error) return null;
  const out = mkdtempSync(join(tmpdir(), 'kintsugi-otp-'));
  try {
    for (const source of ['otp.erl', 'otp_signal.erl', 'otp_worker.erl', 'otp_sup.erl']) {
      const { status, stdout, stderr } = spawnSync('erlc', ['-o', out, join(import.meta.dirname, 'peers', source)]);
      if (status !== 0) throw new Error(`erlc ${source}: ${stdout}${stderr}`);
    }
    const flags = [
      '+S',
      '1',
      '+P',
      '2000000',
      '-noshell',
      '-pa',
      out,
      '-run',
      'otp',
      'main',
      work,
      ...args.map(String),
    ];
    const { stdout, stderr } = spawnSync('erl', flags, {
      cwd: out,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const figure = Number(stdout.trim());
    if (stdout.trim() === '' || Number.isNaN(figure)) throw new Error(`erl ${work}: ${stdout}${stderr}`);
    return figure;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
