import type { Connection } from './connection.ts';
import { StoreTrouble } from './errors.ts';
import { SCHEMA, STEPS } from './schema.ts';

/** The database has no schema of ours, or one of another version. */
export class SchemaDiffers extends StoreTrouble {
  constructor(store: string, has: number) {
    const what = has === 0 ? 'has no kintsugi in it' : `has version ${has} of kintsugi's tables`;
    const then =
      has > STEPS.length
        ? 'use a newer kintsugi'
        : 'run `kintsugi store init --store URL` as a role that may create a schema';
    super(`${store} ${what}, and this kintsugi needs version ${STEPS.length}: ${then}`);
    this.name = 'SchemaDiffers';
  }
}

/** Which version of the schema the database has; 0 for none. */
export async function schemaVersion(connection: Connection): Promise<number> {
  const [there] = await connection.ask("select to_regclass('kintsugi.schema_step') is not null as is");
  if (there?.is !== true) return 0;
  const [row] = await connection.ask(`select coalesce(max(step), 0) as step from ${SCHEMA}.schema_step`);
  return Number(row?.step);
}

/** Throws {@link SchemaDiffers} where the database is not one that this program can use. */
export async function requireSchema(connection: Connection): Promise<void> {
  const has = await schemaVersion(connection);
  if (has !== STEPS.length) throw new SchemaDiffers(connection.store, has);
}

/** Who was allowed to work with it, besides its owner; quoted where need be. */
async function rolesOf(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.ask(
    `select quote_ident(r.rolname) as name
       from pg_namespace n cross join aclexplode(n.nspacl) a join pg_roles r on r.oid = a.grantee
      where n.nspname = '${SCHEMA}' and a.privilege_type = 'USAGE' and a.grantee <> n.nspowner`,
  );
  return rows.map(({ name }) => String(name));
}

const isName = (role: string): boolean => /^[a-z_][a-z0-9_]{0,62}$/.test(role);

/**
 * Brings the database to this program's version, in one transaction a step; done twice it changes nothing. A role that is named may then do
 * what a worker does: read, and call functions; it cannot write a table. @returns how many steps were made
 */
export async function prepareStore(connection: Connection, role: string | null): Promise<number> {
  if (role !== null && !isName(role))
    throw new Error(`“${role}” is no name of a role: lower-case letters, digits and _ only`);
  const has = await schemaVersion(connection);
  if (has > STEPS.length) throw new SchemaDiffers(connection.store, has);
  let made = 0;
  for (const [n, sql] of STEPS.entries()) {
    if (n < has) continue;
    // Several statements in one question are one transaction.
    const step = connection.ask(`
      select pg_advisory_xact_lock(hashtext('kintsugi.schema'));
      create schema if not exists ${SCHEMA};
      create table if not exists ${SCHEMA}.schema_step (step integer primary key, at timestamptz not null default now());
      insert into ${SCHEMA}.schema_step (step) values (${n + 1});
      ${sql}`);
    await step.then(
      () => made++,
      async (error: unknown) => {
        // Whoever was quicker has made it: the number of a step is taken once.
        if ((await schemaVersion(connection)) <= n) throw error;
      },
    );
  }
  // What a step makes anew is for those, too, who might work with what was before.
  for (const name of new Set([...(role === null ? [] : [role]), ...(await rolesOf(connection))]))
    await connection.ask(`
      grant usage on schema ${SCHEMA} to ${name};
      grant select on all tables in schema ${SCHEMA} to ${name};
      grant execute on all functions in schema ${SCHEMA} to ${name}`);
  return made;
}
