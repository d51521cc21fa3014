import { join } from 'node:path';
import { isLoopback } from '../../adapters/http/allow.ts';
import { INSPECTOR_TOKEN_FILE } from '../../adapters/request-token.ts';
import { style, tell } from '../terminal.ts';
import { DEFAULT_PORT } from './serve-at.ts';
import type { InspectorWish } from './wish.ts';

/** Says where the page is. The token is shown to a person at a terminal; what goes into a file or a pipe tells no secret, and in which directory it is. */
export function sayAddress(address: string, wish: InspectorWish | null | undefined, dir: string): void {
  const [url = address] = address.split('#');
  const isTerminal = process.stderr.isTTY === true;
  const { port } = new URL(url);
  const other = wish?.port === null && Number(port) !== DEFAULT_PORT ? ` (port ${DEFAULT_PORT} is taken)` : '';
  const how = isTerminal ? '' : `; the token is in ${join(dir, INSPECTOR_TOKEN_FILE)}`;
  tell(`${style('bold', 'see it live', process.stderr)}  ${isTerminal ? address : url}${other}${how}`);
  if (wish?.origin) tell(`through the proxy at ${wish.origin}/; everything needs the token, here too`);
  if (wish && !isLoopback(wish.host))
    tell(
      style(
        'yellow',
        `${wish.host} can be reached from other machines: everything needs the token, and it crosses the network unencrypted`,
        process.stderr,
      ),
    );
}
