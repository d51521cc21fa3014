/** A directory's records are of one account: another would take everything they say is held for closed elsewhere. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LiveNote, noteLive } from '../../../src/adapters/live-note.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { doubtsAbout, refuseOnPaper } from '../../../src/cli/live/one-account.ts';
import { freshFolder, kintsugi } from '../cli.ts';

const REAL: LiveNote = { exchange: 'binanceusdm', testnet: false, account: 'a1b2c3', confirmed_to: null };
const account = { exchange: 'binanceusdm', isTestnet: false, fingerprint: 'a1b2c3' };
const tradedWith = (note: LiveNote): string => {
  const dir = freshFolder();
  noteLive(dir, note);
  return dir;
};

describe('a directory', () => {
  it('goes on with the account it began with, and a new one with any', () => {
    expect(doubtsAbout(tradedWith(REAL), account)).toEqual([]);
    expect(doubtsAbout(freshFolder(), account)).toEqual([]);
    expect(() => refuseOnPaper(freshFolder())).not.toThrow();
  });

  it('of paper money, or of the test network, is refused to real money', () => {
    const paper = freshFolder();
    mkdirSync(join(paper, 'state'), { recursive: true });
    writeFileSync(join(paper, 'state/paper_exchange.json'), '{}');
    expect(() => doubtsAbout(paper, account)).toThrow(/on paper.*--dir/s);
    const elsewhere = { exitCode: EXIT.refused, message: expect.stringContaining('--dir') };
    for (const other of [{ testnet: true }, { exchange: 'bybit' }])
      expect(() => doubtsAbout(tradedWith({ ...REAL, ...other }), account)).toThrow(expect.objectContaining(elsewhere));
  });

  it('asks for a word where its keys are others: they may be of another account', () => {
    expect(doubtsAbout(tradedWith({ ...REAL, account: 'd4e5f6' }), account)).toMatchObject([{ word: 'other-keys' }]);
  });

  it('whose note of its account cannot be read is gone on with by nobody, and is not said to have been on paper', async () => {
    for (const text of ['', '{"exchange":"binanceusdm"', '{}']) {
      const dir = freshFolder();
      mkdirSync(join(dir, 'run'));
      writeFileSync(join(dir, 'run/live.json'), text);
      const unknown = expect.objectContaining({ message: expect.stringContaining('run/live.json') });
      expect(() => doubtsAbout(dir, account)).toThrow(unknown);
      expect(() => refuseOnPaper(dir)).toThrow(unknown);
    }
    const dir = tradedWith(REAL);
    writeFileSync(join(dir, 'run/live.json'), '');
    const { code, err } = await kintsugi(['flatten', '--dir', dir, '--yes']);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/run\/live\.json cannot be read.*--live/s),
    });
    expect(err).not.toContain('it traded on paper');
  });

  it('of a real account is not gone on with on paper: what is held there would be booked as closed', async () => {
    const dir = tradedWith(REAL);
    const { code, err } = await kintsugi(['run', '--dir', dir, '--no-http', '--speed', 'max', '--for', '1m']);
    expect({ code, err }).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('--live') });
  });
});
