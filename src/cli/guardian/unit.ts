/** A systemd unit for a guarded bot (`systemd.service(5)`, `systemd.exec(5)`). */

export interface UnitParts {
  readonly node: string;
  readonly script: string;
  /** Arguments of `kintsugi`. */
  readonly args: readonly string[];
  /** Absolute: the bot's directory, and what else it writes to. */
  readonly dir: string;
  readonly writes: readonly string[];
  readonly user: string;
  /** Exit codes that another start would not change. */
  readonly finalCodes: readonly number[];
  /** What makes it trade for real, at this exchange and network; `null`: on paper. */
  readonly live: { readonly exchange: string; readonly isTestnet: boolean } | null;
}

/** A word as systemd reads it: in quotes where it must be, `%` and `$` doubled so that they stand for themselves. */
function quoted(word: string, { command }: { command: boolean }): string {
  const plain = word.replace(/%/g, '%%').replace(/\$/g, command ? '$$$$' : '$');
  if (/^[\w@%+=:,./$-]+$/.test(plain)) return plain;
  return `"${plain.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

const ROOT = '# Better a user of its own: useradd --system kintsugi, and then its name here.\n';

/** What a bot with real orders needs besides: its keys, a word from whoever let it trade, and a place for the lock of its account. */
const realOrders = ({ exchange }: NonNullable<UnitParts['live']>): string => `
# Its keys, and that you let it trade (nobody sits at a terminal to be asked): before the first start write, with root as the owner
# and mode 0600,
#   KINTSUGI_API_KEY=…
#   KINTSUGI_API_SECRET=…      (and KINTSUGI_API_PASSWORD, where the exchange has one)
#   KINTSUGI_LIVE_CONFIRM=${exchange}
# Exit code 77 says in the journal what the last line must say besides.
EnvironmentFile=/etc/kintsugi/live.env
# One bot an account: the lock is here. A bot of this account that you run by hand sees it with the same XDG_STATE_HOME.
StateDirectory=kintsugi
Environment=XDG_STATE_HOME=%S
`;

export function unitFile({ node, script, args, dir, writes, user, finalCodes, live }: UnitParts): string {
  const command = [node, script, ...args].map((word) => quoted(word, { command: true })).join(' ');
  const written = [dir, ...writes].map((path) => quoted(path, { command: false })).join(' ');
  // Folders for temporary files are private to the service: a bot in one would not be found by anybody.
  const temporary = [dir, ...writes].some((path) => /^\/(var\/)?tmp(\/|$)/.test(path));
  const trades =
    live === null
      ? 'trades on paper'
      : `trades at ${live.exchange} with ${live.isTestnet ? 'the play money of its test network' : 'REAL MONEY'}`;
  return `# Kintsugi: a bot that ${trades} in ${dir.replace(/\n/g, ' ')}
#
# Where to put it, and how to begin:
#   save it as /etc/systemd/system/kintsugi.service, make the directory, and give it to the user below;
#   systemctl daemon-reload && systemctl enable --now kintsugi
#   systemctl status kintsugi; kintsugi status --dir DIR; journalctl -u kintsugi
# For one user alone: save it as ~/.config/systemd/user/kintsugi.service without User= and without what is from ReadWritePaths=
# to SystemCallFilter= (only root can take such rights away), with WantedBy=default.target; and say systemctl --user.

[Unit]
Description=Kintsugi bot
Wants=network-online.target
After=network-online.target
# The guardian restarts the bot; systemd restarts the guardian, and stops when that does not help.
StartLimitIntervalSec=1h
StartLimitBurst=5

[Service]
Type=notify
# The guardian speaks by systemd-notify(1), which is a process of its own.
NotifyAccess=all
${user === 'root' ? ROOT : ''}User=${user}
ExecStart=${command}
Restart=on-failure
RestartSec=10
# These would be the same after another start, or are a person's to decide; 70: the guardian gave up, and somebody has to look.
# An exchange that cannot be reached (68) ends no guardian: it starts the bot until it can, also at the first start.
RestartPreventExitStatus=${finalCodes.join(' ')}
# Answered only while the bot's event loop turns and its healer sweeps on time. It must be longer than it takes to find a bot
# that hangs (10 s), wait (up to 8 s before it gives up) and start it again.
WatchdogSec=90
# A long log is read before the bot is ready; while no exchange can be reached the guardian asks for more.
TimeoutStartSec=15min
# The guardian is asked, and asks the bot; what is left after this is ended by force.
KillMode=mixed
TimeoutStopSec=90
# A memory dump of a bot would hold its secrets.
LimitCORE=0
${live === null ? '' : realOrders(live)}
# It writes to its directory, and to nothing else${live === null ? '' : ' but the lock'}. No PrivateNetwork=: \`kintsugi status\` asks by a socket of the network
# namespace. No MemoryDenyWriteExecute=: V8 compiles.
ReadWritePaths=${written}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=${temporary ? 'no' : 'yes'}
PrivateDevices=yes
UMask=0027
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}
