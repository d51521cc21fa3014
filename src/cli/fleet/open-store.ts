import { type Connection, connectTo } from '../../adapters/postgres/connection.ts';
import { requireSchema } from '../../adapters/postgres/schema-steps.ts';
import { CliError, EXIT } from '../exit-codes.ts';

export function requireUrl(url: string | null | undefined): string {
  if (url === null || url === undefined || url === '')
    throw new CliError('no store is named: --store postgres://… , or `store` in the configuration', EXIT.usage);
  if (!/^postgres(ql)?:\/\/./.test(url))
    throw new CliError('--store: it is no address of a PostgreSQL database, postgres://USER@HOST/DATABASE', EXIT.usage);
  return url;
}

/** Does something with a store that has this program's tables, and closes the connection. */
export async function withStore<T>(
  url: string | null | undefined,
  work: (connection: Connection) => Promise<T>,
  options: { readonly max?: number; readonly answerMs?: number } = {},
): Promise<T> {
  const connection = connectTo(requireUrl(url), options);
  try {
    await requireSchema(connection);
    return await work(connection);
  } finally {
    await connection.close();
  }
}
