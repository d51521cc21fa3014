import { describe, expect, it } from 'vitest';
import { unitFile } from '../../../src/cli/guardian/unit.ts';

const PARTS = {
  node: '/usr/bin/node',
  script: '/opt/kintsugi.js',
  args: ['run', '--dir=/srv/bot'],
  dir: '/srv/bot',
  writes: [],
  user: 'kintsugi',
  finalCodes: [64, 70],
  live: null,
};
const line = (name: string, parts: Partial<typeof PARTS> | { writes: string[] } = {}): string | undefined =>
  unitFile({ ...PARTS, ...parts })
    .split('\n')
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);

describe('a systemd unit', () => {
  it('runs the command as it was typed, and writes to its own folders alone', () => {
    expect(line('ExecStart')).toBe('/usr/bin/node /opt/kintsugi.js run --dir=/srv/bot');
    expect(line('ReadWritePaths', { writes: ['/mnt/mirror'] })).toBe('/srv/bot /mnt/mirror');
    expect(line('RestartPreventExitStatus')).toBe('64 70');
  });

  it.each([
    ['plain', 'a@b%c+d=e:f,g./h-i_j', 'a@b%%c+d=e:f,g./h-i_j', 'a@b%%c+d=e:f,g./h-i_j'],
    ['a space', 'a b', '"a b"', '"a b"'],
    ['a variable of a shell', '$HOME', '$$HOME', '$HOME'],
    ['quotes and a backslash', 'a"\\', '"a\\"\\\\"', '"a\\"\\\\"'],
    ['a line end', 'a\nb', '"a\\nb"', '"a\\nb"'],
    ['nothing', '', '""', '""'],
    ['something foreign behind what is plain', 'plain;', '"plain;"', '"plain;"'],
  ])('quotes words as systemd reads them: %s', (_, word, inCommand, inPath) => {
    expect(line('ExecStart', { args: [word] })).toBe(`/usr/bin/node /opt/kintsugi.js ${inCommand}`);
    expect(line('ReadWritePaths', { dir: word })).toBe(inPath);
  });

  it('gives a bot in a folder for temporary files the one that others see', () => {
    const temporary = ['/tmp', '/tmp/bot', '/var/tmp/bot'];
    const lasting = ['/srv/tmp', '/tmpfs/bot', '/srv/var/tmp/x'];
    expect(temporary.map((dir) => line('PrivateTmp', { dir }))).toEqual(temporary.map(() => 'no'));
    expect(lasting.map((dir) => line('PrivateTmp', { dir }))).toEqual(lasting.map(() => 'yes'));
    expect(line('PrivateTmp', { writes: ['/srv/mirror', '/tmp/mirror'] })).toBe('no');
  });

  it('advises a user of its own where it would run as root', () => {
    expect(unitFile({ ...PARTS, user: 'root' })).toContain(
      'useradd --system kintsugi, and then its name here.\nUser=root\n',
    );
    expect(unitFile(PARTS)).not.toContain('useradd');
    expect(line('User')).toBe('kintsugi');
  });

  it('tells of keys and of the lock where it trades for real, and only there', () => {
    const live = { exchange: 'okx', isTestnet: false };
    const unit = unitFile({ ...PARTS, live });
    expect(unit).toMatch(/^# Kintsugi: a bot that trades at okx with REAL MONEY in \/srv\/bot\n/);
    expect(unitFile({ ...PARTS, live: { ...live, isTestnet: true } })).toContain('at okx with the play money of');
    for (const word of ['KINTSUGI_API_KEY=', 'KINTSUGI_LIVE_CONFIRM=okx', 'EnvironmentFile=/', 'StateDirectory='])
      expect([unit.includes(word), unitFile(PARTS).includes(word)], word).toEqual([true, false]);
  });

  it('is one unit, whatever is in the name of the folder', () => {
    const unit = unitFile({ ...PARTS, dir: '/srv/a\n[Service]\nExecStart=/bin/false' });
    expect(unit.split('\n').filter((one) => one === '[Service]')).toHaveLength(1);
    expect(unit.split('\n')[0]).toBe('# Kintsugi: a bot that trades on paper in /srv/a [Service] ExecStart=/bin/false');
  });
});
