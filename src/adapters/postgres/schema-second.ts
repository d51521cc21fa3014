/**
 * The second step. A lease has a token that no other lease ever has: an epoch is given out twice where a database comes back as it was before
 * (a failover to a standby that lagged, a restore). What commits count is in a row of its own, so that no commit keeps a renewal waiting; and
 * nobody waits for a row that somebody else keeps locked: it is passed over, and what it stands for is as it was.
 */
export const SECOND = `
create table kintsugi.revision (
  partition text primary key references kintsugi.partition on delete cascade,
  -- Of the lease under which commits are made.
  token uuid,
  rev bigint not null default 0
);
insert into kintsugi.revision (partition, rev) select name, rev from kintsugi.partition;
alter table kintsugi.partition drop column rev;
alter table kintsugi.partition add column token uuid;
-- What is there is a part of what is to be moved in: no worker may have it.
alter table kintsugi.partition add column filling boolean not null default false;
-- One of no bytes has the place of the next.
delete from kintsugi.chunk where length(bytes) = 0;

drop function kintsugi.claim(text, text, integer);
create function kintsugi.claim(p text, w text, ttl_ms integer, to_fill boolean)
returns table (epoch bigint, rev bigint, token uuid, owner_before text, out_since double precision)
language sql security definer set search_path = kintsugi, pg_temp as $$
  with before as (
    select free.name, free.owner, free.expires, gen_random_uuid() as fresh
      from kintsugi.partition as free join kintsugi.revision as counted on counted.partition = free.name
     where free.name = p and free.expires <= clock_timestamp() and (to_fill or not free.filling)
       for no key update of free, counted skip locked),
  taken as (
    update kintsugi.partition as owned
       set epoch = owned.epoch + 1, token = before.fresh, owner = w, expires = clock_timestamp() + ttl_ms * interval '1 millisecond'
      from before where owned.name = before.name
    returning owned.epoch),
  fenced as (
    update kintsugi.revision as counted set token = before.fresh
      from before where counted.partition = before.name
    returning counted.rev)
  select taken.epoch, fenced.rev, before.fresh, before.owner,
         case when before.owner is null then null else extract(epoch from clock_timestamp() - before.expires) * 1000 end
    from taken, fenced, before
$$;
-- Which of these leases are still held, and whether they got their time anew: where not, somebody keeps the row, and the lease runs on.
drop function kintsugi.renew(text[], bigint[], integer);
create function kintsugi.renew(ps text[], epochs bigint[], tokens uuid[], ttl_ms integer) returns table (name text, anew boolean)
language sql security definer set search_path = kintsugi, pg_temp as $$
  with held as (
    select owned.name from kintsugi.partition as owned join unnest(ps, epochs, tokens) as mine (name, epoch, token)
        on owned.name = mine.name and owned.epoch = mine.epoch and owned.token = mine.token
     where owned.expires > clock_timestamp()),
  free as (
    select owned.name from kintsugi.partition as owned join unnest(ps, epochs, tokens) as mine (name, epoch, token)
        on owned.name = mine.name and owned.epoch = mine.epoch and owned.token = mine.token
     where owned.expires > clock_timestamp()
       for no key update of owned skip locked),
  renewed as (
    update kintsugi.partition as owned set expires = clock_timestamp() + ttl_ms * interval '1 millisecond'
      from free where owned.name = free.name
    returning owned.name)
  select held.name, exists (select 1 from renewed where renewed.name = held.name) from held
$$;
drop function kintsugi.release(text, bigint);
create function kintsugi.release(p text, e bigint, t uuid) returns boolean
language sql security definer set search_path = kintsugi, pg_temp as $$
  with freed as (
    update kintsugi.partition as owned set owner = null, expires = '-infinity'
     where owned.name = p and owned.epoch = e and owned.token = t returning 1)
  select exists (select 1 from freed)
$$;
-- Makes those that are not there yet; never any of another count than an account has already.
create or replace function kintsugi.provide(ps text[]) returns void
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
declare
  other text;
  mine text;
begin
  perform pg_advisory_xact_lock(hashtext('kintsugi.provide'));
  select known.name, wanted.name into other, mine
    from (select name from kintsugi.partition union select unnest(ps)) as known, unnest(ps) as wanted (name)
   where substring(known.name from '^(.+)/[0-9]+of[0-9]+$') = substring(wanted.name from '^(.+)/[0-9]+of[0-9]+$')
     and substring(known.name from 'of([0-9]+)$') <> substring(wanted.name from 'of([0-9]+)$')
   limit 1;
  if found then
    raise exception 'it has partition %, and % was asked for: the count of a store never changes. Give all workers the count it was begun with (--partitions); one that is there by mistake, and empty, is taken away with kintsugi store forget', other, mine
      using errcode = 'KT002';
  end if;
  insert into kintsugi.partition (name) select unnest(ps) on conflict do nothing;
  insert into kintsugi.revision (partition) select unnest(ps) on conflict do nothing;
end
$$;
-- Takes a partition away that nobody has, and in which nothing is, or a part of what was to be moved in.
create function kintsugi.forget(p text) returns boolean
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
begin
  perform 1 from kintsugi.partition as gone
    where gone.name = p and gone.expires <= clock_timestamp()
      and (gone.filling or not exists (select 1 from kintsugi.file where partition = p)
                       and not exists (select 1 from kintsugi.name where partition = p))
      for update;
  if not found then return false; end if;
  delete from kintsugi.name where partition = p;
  delete from kintsugi.file where partition = p;
  delete from kintsugi.partition where name = p;
  return true;
end
$$;
-- From here on, until it is filled, the partition is for who moves records in. What a move before this one left is taken away.
create function kintsugi.fill(p text, e bigint, t uuid) returns boolean
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
begin
  update kintsugi.partition as owned set filling = true
   where owned.name = p and owned.epoch = e and owned.token = t and owned.expires > clock_timestamp()
     and (owned.filling or not exists (select 1 from kintsugi.name where partition = p));
  if not found then return false; end if;
  delete from kintsugi.name where partition = p;
  delete from kintsugi.file where partition = p;
  return true;
end
$$;
create function kintsugi.filled(p text, e bigint, t uuid) returns boolean
language sql security definer set search_path = kintsugi, pg_temp as $$
  with whole as (
    update kintsugi.partition as owned set filling = false
     where owned.name = p and owned.epoch = e and owned.token = t and owned.expires > clock_timestamp() returning 1)
  select exists (select 1 from whole)
$$;

-- As before, under the token too; a file is overwritten by the partition alone whose it is, and no bytes make no chunk.
drop function kintsugi.enact(text, bigint, bigint, text[], bigint[], text[], text[], bigint[], bytea[]);
create function kintsugi.enact(
  p text, e bigint, t uuid, r bigint, kinds text[], files bigint[], paths text[], others text[], ats bigint[], datas bytea[]
) returns text[]
language plpgsql security definer set search_path = kintsugi, pg_temp as $$
declare
  said text[] := '{}';
  f bigint;
  n bigint;
  c record;
  k text;
begin
  update kintsugi.revision as owned set rev = owned.rev + 1
   where owned.partition = p and owned.token = t and owned.rev = r and exists (
     select 1 from kintsugi.partition as lease where lease.name = p and lease.epoch = e and lease.expires > clock_timestamp());
  if not found then
    raise exception 'fenced' using errcode = 'KT001';
  end if;
  for i in 1 .. coalesce(array_length(kinds, 1), 0) loop
    k := kinds[i];
    if k = 'append' then
      update kintsugi.file set size = size + length(datas[i]), changed = clock_timestamp()
       where id = files[i] and partition = p and mode & 146 <> 0 returning size - length(datas[i]) into n;
      if not found then said := said || '!EACCES'::text; continue; end if;
      if length(datas[i]) > 0 then insert into kintsugi.chunk (file, at, bytes) values (files[i], n, datas[i]); end if;
      said := said || ('+' || n);
    elsif k = 'overwrite' then
      update kintsugi.file set changed = clock_timestamp() where id = files[i] and partition = p;
      if not found then said := said || '!ENOENT'::text; continue; end if;
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
