import { SECOND } from './schema-second.ts';

/**
 * What kintsugi has in PostgreSQL, as numbered steps; a step that was released is never changed, the next one is added.
 *
 * A partition's files are rows: a name leads to a file, a file is a run of chunks. All writes go through one function, which checks epoch
 * *and* revision of the partition first (research/distributed.md §4, rule 1): the role of a worker may read the tables and call
 * functions, so that not even a bug of ours can write past the fence.
 */
export const SCHEMA = 'kintsugi';

const FIRST = `
create table kintsugi.partition (
  name text primary key,
  epoch bigint not null default 0,
  rev bigint not null default 0,
  owner text,
  expires timestamptz not null default '-infinity'
);
create table kintsugi.worker (
  name text primary key,
  seen timestamptz not null,
  says jsonb not null
);
-- One switch for all: while there is a row, nobody enters.
create table kintsugi.hold (
  one boolean primary key default true check (one),
  reason text not null,
  by text not null,
  at timestamptz not null default clock_timestamp()
);
create table kintsugi.file (
  id bigint generated always as identity primary key,
  partition text not null references kintsugi.partition,
  size bigint not null default 0,
  mode integer not null default ${0o640},
  changed timestamptz not null default clock_timestamp()
);
create table kintsugi.name (
  partition text not null references kintsugi.partition,
  path text collate "C" not null,
  file bigint references kintsugi.file,
  primary key (partition, path)
);
create index name_by_file on kintsugi.name (file);
create index file_by_partition on kintsugi.file (partition);
create table kintsugi.chunk (
  file bigint not null references kintsugi.file on delete cascade,
  at bigint not null,
  bytes bytea not null,
  primary key (file, at)
);
-- What is in it does not compress twice: records are short, and are read more often than written.
alter table kintsugi.chunk alter column bytes set storage external;

-- The worker's lease on a partition: free, or out by the clock of the database, which is the only one that counts.
create function kintsugi.claim(p text, w text, ttl_ms integer)
returns table (epoch bigint, rev bigint, owner_before text, out_since double precision)
language sql security definer set search_path = kintsugi, pg_temp as $$
  with before as (
    select * from kintsugi.partition as free where free.name = p and free.expires <= clock_timestamp() for update),
  taken as (
    update kintsugi.partition as owned
       set epoch = owned.epoch + 1, owner = w, expires = clock_timestamp() + ttl_ms * interval '1 millisecond'
      from before where owned.name = before.name
    returning owned.epoch, owned.rev)
  select taken.epoch, taken.rev, before.owner,
         case when before.owner is null then null else extract(epoch from clock_timestamp() - before.expires) * 1000 end
    from taken, before
$$;
-- Which of these leases are still held: they get their time anew.
create function kintsugi.renew(ps text[], epochs bigint[], ttl_ms integer) returns setof text
language sql security definer set search_path = kintsugi, pg_temp as $$
  update kintsugi.partition as owned
     set expires = clock_timestamp() + ttl_ms * interval '1 millisecond'
    from unnest(ps, epochs) as mine (name, epoch)
   where owned.name = mine.name and owned.epoch = mine.epoch and owned.expires > clock_timestamp()
  returning owned.name
$$;
create function kintsugi.release(p text, e bigint) returns boolean
language sql security definer set search_path = kintsugi, pg_temp as $$
  with freed as (
    update kintsugi.partition as owned set owner = null, expires = '-infinity'
     where owned.name = p and owned.epoch = e returning 1)
  select exists (select 1 from freed)
$$;
create function kintsugi.provide(ps text[]) returns void
language sql security definer set search_path = kintsugi, pg_temp as $$
  insert into kintsugi.partition (name) select unnest(ps) on conflict do nothing
$$;
create function kintsugi.hold_all(why text, who text) returns void
language sql security definer set search_path = kintsugi, pg_temp as $$
  insert into kintsugi.hold (reason, by) values (why, who)
  on conflict (one) do update set reason = excluded.reason, by = excluded.by, at = clock_timestamp()
$$;
create function kintsugi.let_all_go() returns void
language sql security definer set search_path = kintsugi, pg_temp as $$ delete from kintsugi.hold $$;
create function kintsugi.tell(w text, what jsonb) returns void
language sql security definer set search_path = kintsugi, pg_temp as $$
  insert into kintsugi.worker (name, seen, says) values (w, clock_timestamp(), what)
  on conflict (name) do update set seen = excluded.seen, says = excluded.says
$$;

-- One commit: all of these changes, or none, and only by who owns the partition and knows its last revision.
-- Per change a line of text: '+12' or '!EEXIST'; a change that is refused leaves the others be.
create function kintsugi.enact(
  p text, e bigint, r bigint, kinds text[], files bigint[], paths text[], others text[], ats bigint[], datas bytea[]
) returns text[]
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
declare
  said text[] := '{}';
  f bigint;
  n bigint;
  c record;
  k text;
begin
  update kintsugi.partition as owned set rev = owned.rev + 1
   where owned.name = p and owned.epoch = e and owned.rev = r and owned.expires > clock_timestamp();
  if not found then
    raise exception 'fenced' using errcode = 'KT001';
  end if;
  for i in 1 .. coalesce(array_length(kinds, 1), 0) loop
    k := kinds[i];
    if k = 'append' then
      update kintsugi.file set size = size + length(datas[i]), changed = clock_timestamp()
       where id = files[i] and partition = p and mode & 146 <> 0 returning size - length(datas[i]) into n;
      if not found then said := said || '!EACCES'::text; continue; end if;
      insert into kintsugi.chunk (file, at, bytes) values (files[i], n, datas[i]);
      said := said || ('+' || n);
    elsif k = 'overwrite' then
      for c in select o.at, o.bytes from kintsugi.chunk o
                where o.file = files[i] and o.at < ats[i] + length(datas[i]) and o.at + length(o.bytes) > ats[i]
                order by o.at loop
        n := greatest(ats[i], c.at);
        update kintsugi.chunk o
           set bytes = overlay(c.bytes placing
                 substr(datas[i], (n - ats[i] + 1)::int, (least(ats[i] + length(datas[i]), c.at + length(c.bytes)) - n)::int)
                 from (n - c.at + 1)::int)
         where o.file = files[i] and o.at = c.at;
      end loop;
      update kintsugi.file set changed = clock_timestamp() where id = files[i] and partition = p;
      said := said || '+'::text;
    elsif k = 'open' or k = 'create' then
      select name.file into f from kintsugi.name where name.partition = p and name.path = paths[i];
      if found and (f is null or k = 'create') then said := said || (case when f is null then '!EISDIR' else '!EEXIST' end); continue; end if;
      if not found then
        insert into kintsugi.file (partition, size) values (p, coalesce(length(datas[i]), 0)) returning id into f;
        insert into kintsugi.name (partition, path, file) values (p, paths[i], f);
        if length(datas[i]) > 0 then insert into kintsugi.chunk values (f, 0, datas[i]); end if;
      end if;
      said := said || ('+' || f);
    elsif k = 'whole' then
      select name.file into f from kintsugi.name where name.partition = p and name.path = paths[i];
      if found and f is null then said := said || '!EISDIR'::text; continue; end if;
      n := f;
      insert into kintsugi.file (partition, size) values (p, length(datas[i])) returning id into f;
      if length(datas[i]) > 0 then insert into kintsugi.chunk values (f, 0, datas[i]); end if;
      insert into kintsugi.name (partition, path, file) values (p, paths[i], f)
      on conflict (partition, path) do update set file = excluded.file;
      -- Nobody keeps a document open, unlike a log.
      delete from kintsugi.file where id = n and not exists (select 1 from kintsugi.name where name.file = n);
      said := said || ('+' || f);
    elsif k = 'folder' then
      insert into kintsugi.name (partition, path) values (p, paths[i]) on conflict do nothing;
      said := said || '+'::text;
    elsif k = 'link' or k = 'move' then
      select name.file into f from kintsugi.name where name.partition = p and name.path = paths[i];
      if not found then said := said || '!ENOENT'::text; continue; end if;
      if exists (select 1 from kintsugi.name where name.partition = p and name.path = others[i]) then said := said || '!EEXIST'::text; continue; end if;
      if k = 'link' then insert into kintsugi.name (partition, path, file) values (p, others[i], f);
      else update kintsugi.name set path = others[i] where name.partition = p and name.path = paths[i]; end if;
      said := said || '+'::text;
    elsif k = 'mode' then
      update kintsugi.file set mode = ats[i]::int where id = (select name.file from kintsugi.name where name.partition = p and name.path = paths[i]);
      said := said || (case when found then '+' else '!ENOENT' end);
    else
      raise exception 'no such change: %', k;
    end if;
  end loop;
  return said;
end
$$;

revoke all on all functions in schema kintsugi from public;
`;

/** In order; the version of a schema is how many of them it has had. */
export const STEPS: readonly string[] = [FIRST, SECOND];
