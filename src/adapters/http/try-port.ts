import { createServer } from 'node:net';
import { cannotListen } from './cannot-serve.ts';

/** Listens for a moment, so that who will want the port in a while is told now. Rejects with `CannotServe`. */
export function tryPort(host: string, port: number): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen({ host, port }, () => server.close(() => resolve()));
  });
}
