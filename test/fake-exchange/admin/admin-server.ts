import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdminCommands } from './admin-commands.ts';

/** The word of the test to an exchange in another process. On a port of its own, so that the audit sees only the bot's requests. */
export class AdminServer {
  readonly #http: Server;
  readonly #token = randomBytes(16).toString('hex');

  static async start(commands: AdminCommands): Promise<AdminServer> {
    const server = new AdminServer(commands);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private constructor(commands: AdminCommands) {
    this.#http = createServer(async (request, response) => {
      const [, token, name = ''] = (request.url ?? '').split('/');
      const send = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      const command = Object.hasOwn(commands, name) ? commands[name as keyof AdminCommands] : undefined;
      if (token !== this.#token || request.method !== 'POST' || !command)
        return send(404, { error: `there is no command ${name}` });
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(Buffer.from(chunk));
        const args: unknown = JSON.parse(Buffer.concat(chunks).toString() || '[]');
        if (!Array.isArray(args)) throw new TypeError('arguments must be a list');
        send(200, { result: (command as (...args: unknown[]) => unknown)(...args) ?? null });
      } catch (error) {
        send(400, { error: String(error) });
      }
    });
  }

  /** To be kept as it is: whoever knows it may do everything. */
  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${this.#token}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }
}
