/** A witness inside the database: which commits landed, under which epoch, in the order in which they did. And how the fence is taken away. */
import type { Connection } from '../../src/adapters/postgres/connection.ts';

const BUS = 'logs/signal_bus.jsonl';

/**
 * Stands before `kintsugi.enact` and writes down what it let through. A partition named in `stall` has one commit of signals arrive late,
 * as from a network that kept it back: the sender has long given up, or is frozen, and its words are acted upon all the same.
 */
const NOTARY = `
create table kintsugi.notary (
  n bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
  partition text not null, epoch bigint not null, owner text, what text not null
);
create table kintsugi.stall (partition text primary key, seconds double precision not null);
create sequence kintsugi.stalls;
create sequence kintsugi.refusals;
create function kintsugi.note_claim() returns trigger language plpgsql security definer as $$
begin
  insert into kintsugi.notary (partition, epoch, owner, what) values (new.name, new.epoch, new.owner, 'claim');
  return new;
end $$;
create trigger noted after update of epoch on kintsugi.partition
  for each row when (new.epoch <> old.epoch) execute function kintsugi.note_claim();
alter function kintsugi.enact rename to enact_checked;
create function kintsugi.enact(
  p text, e bigint, t uuid, r bigint, kinds text[], files bigint[], paths text[], others text[], ats bigint[], datas bytea[]
) returns text[]
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
declare
  said text[];
  late double precision;
  of_signals boolean := '${BUS}' = any (paths) and 'append' = any (kinds);
begin
  select seconds into late from kintsugi.stall where partition = p;
  if late is not null and of_signals and nextval('kintsugi.stalls') = 1 then
    perform pg_sleep(late);
  end if;
  begin
    said := kintsugi.enact_checked(p, e, t, r, kinds, files, paths, others, ats, datas);
  exception when sqlstate 'KT001' then
    -- What is rolled back leaves no row, but a number of a sequence.
    perform nextval('kintsugi.refusals');
    raise;
  end;
  insert into kintsugi.notary (partition, epoch, what) values (p, e, case when of_signals then 'signals' else 'commit' end);
  return said;
end $$;
grant execute on all functions in schema kintsugi to worker`;

const LEASE = `exists (
     select 1 from kintsugi.partition as lease where lease.name = p and lease.epoch = e and lease.expires > clock_timestamp())`;
const FENCE = `owned.partition = p and owned.token = t and owned.rev = r and ${LEASE}`;
const WITHOUT = {
  fence: 'owned.partition = p',
  revision: `owned.partition = p and owned.token = t and ${LEASE}`,
} as const;
export type Without = keyof typeof WITHOUT;

export async function placeNotary(owner: Connection): Promise<void> {
  await owner.ask(NOTARY);
}

/** The same function, which checks less. */
export async function takeAway(owner: Connection, what: Without): Promise<void> {
  const [row] = await owner.ask("select pg_get_functiondef('kintsugi.enact_checked'::regproc) as text");
  const text = String(row?.text);
  if (!text.includes(FENCE)) throw new Error('the fence is not what the negative controls take away; see schema.ts');
  await owner.ask(text.replace(FENCE, WITHOUT[what]));
}

/** The next commit of signals of this partition arrives so much later. */
export async function stallOne(owner: Connection, partition: string, seconds: number): Promise<void> {
  await owner.ask('alter sequence kintsugi.stalls restart');
  await owner.ask('insert into kintsugi.stall values ($1, $2)', [partition, seconds]);
}

export async function stallNoMore(owner: Connection): Promise<void> {
  await owner.ask('delete from kintsugi.stall');
}

/** How many commits are kept back now. */
export async function keptBack(owner: Connection): Promise<number> {
  const rows = await owner.ask("select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like '%enact%'");
  return rows.length;
}

/** Commits that the fence refused. */
export async function refusals(owner: Connection): Promise<number> {
  const [row] = await owner.ask(
    'select case when is_called then last_value else 0 end as count from kintsugi.refusals',
  );
  return Number(row?.count);
}

export interface Noted {
  readonly n: number;
  readonly at: number;
  readonly partition: string;
  readonly epoch: number;
  /** Of a claim. */
  readonly owner: string | null;
  readonly what: 'claim' | 'commit' | 'signals';
}

export async function noted(owner: Connection): Promise<readonly Noted[]> {
  const rows = await owner.ask(
    'select n, extract(epoch from at) * 1000 as at, partition, epoch, owner, what from kintsugi.notary order by n',
  );
  return rows.map(({ n, at, partition, epoch, owner: who, what }) => ({
    n: Number(n),
    at: Number(at),
    partition: String(partition),
    epoch: Number(epoch),
    owner: who === null ? null : String(who),
    what: what as Noted['what'],
  }));
}
