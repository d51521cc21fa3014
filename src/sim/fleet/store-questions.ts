/** The questions of the adapters in `src/adapters/postgres`, answered from memory in the types that the driver gives. */
import type { Row } from '../../adapters/postgres/connection.ts';
import type { FileRow } from './file-tables.ts';
import type { LeaseNamed, StoreTables } from './store-tables.ts';

type Values = readonly unknown[];
type Answer = (tables: StoreTables, values: Values) => readonly Row[];

/** Whole numbers of eight bytes come as text. */
const big = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : `${value}`;

const fileColumns = (file: FileRow | null | undefined): Row => ({
  id: big(file?.id),
  size: big(file?.size),
  mode: file?.mode ?? null,
  changed: file ? file.changed.toFixed(6) : null,
});

const enact: Answer = (tables, [partition, epoch, token, rev, kinds, files, paths, others, ats, datas]) => {
  const changes = (kinds as readonly string[]).map((kind, n) => ({
    kind,
    file: (files as readonly (number | null)[])[n] ?? null,
    path: (paths as readonly (string | null)[])[n] ?? null,
    other: (others as readonly (string | null)[])[n] ?? null,
    at: (ats as readonly (number | null)[])[n] ?? null,
    // What is sent is copied on its way: its sender may use the bytes for something else.
    bytes: ((bytes) => (bytes ? Buffer.from(bytes) : null))((datas as readonly (Buffer | null)[])[n]),
  }));
  const lease = leaseOf([partition, epoch, token]);
  return [{ said: tables.enact(lease, rev as number, changes) }];
};

const claim: Answer = (tables, [partition, worker, ttl, toFill]) => {
  const taken = tables.claim(partition as string, worker as string, ttl as number, toFill as boolean);
  if (taken === null) return [];
  const { epoch, rev, token, before } = taken;
  const outSince = before.owner === null ? null : tables.now() - before.expires;
  return [{ epoch: big(epoch), rev: big(rev), token, owner_before: before.owner, out_since: outSince }];
};

const leaseOf = ([name, epoch, token]: Values): LeaseNamed => ({
  name: name as string,
  epoch: epoch as number,
  token: token as string,
});

const chunks: Answer = (tables, [id, offset, end]) => {
  const file = tables.files.numbered(id as number);
  if (file === undefined) return [];
  const first = Math.max(0, ...file.chunks.flatMap(({ at }) => (at <= (offset as number) ? [at] : [])));
  const found = file.chunks.filter(({ at }) => at < (end as number) && at >= first);
  const size = big(file.size);
  if (found.length === 0) return [{ size, at: null, bytes: null }];
  return found.map(({ at, bytes }) => ({ size, at: big(at), bytes: Buffer.from(bytes) }));
};

const wholeFile: Answer = (tables, [partition, path]) => {
  const file = tables.files.named(partition as string, path as string);
  if (file === undefined) return [];
  if (file === null) return [{ file: null, size: null, at: null, bytes: null }];
  const head = { file: big(file.id), size: big(file.size) };
  if (file.chunks.length === 0) return [{ ...head, at: null, bytes: null }];
  return file.chunks.map(({ at, bytes }) => ({ ...head, at: big(at), bytes: Buffer.from(bytes) }));
};

const named: Answer = (tables, [partition, path]) => {
  const file = tables.files.named(partition as string, path as string);
  return file === undefined ? [] : [{ file: big(file?.id), ...fileColumns(file) }];
};

const looks: Answer = (tables, [partition, paths, ids]) => [
  ...(paths as readonly string[]).flatMap((path) => named(tables, [partition, path]).map((row) => ({ path, ...row }))),
  ...(ids as readonly number[]).flatMap((id) => {
    const file = tables.files.numbered(id);
    return file?.partition === partition ? [{ path: null, file: big(id), ...fileColumns(file) }] : [];
  }),
];

const below: Answer = (tables, [partition, from, to]) =>
  tables.files
    .between(partition as string, from as string, to as string)
    .map(({ path, file }) => ({ path, file: big(file) }));

const partitions: Answer = (tables) =>
  [...tables.partitions.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, epoch, owner, expires, filling }) => ({
      ...{ name, filling },
      epoch: big(epoch),
      owner,
      lease: Number.isFinite(expires) ? (expires - tables.now()).toFixed(6) : null,
      bytes: big(tables.files.bytesOf(name)),
      idle: ((at) => (at === null ? null : (tables.now() - at).toFixed(6)))(tables.files.changedAt(name)),
    }));

const free: Answer = (tables, [names]) =>
  [...tables.partitions.values()]
    .filter(
      ({ name, expires, filling }) =>
        (names as readonly string[]).includes(name) && expires <= tables.now() && !filling,
    )
    .sort((a, b) => (a.expires === b.expires ? (a.name < b.name ? -1 : 1) : a.expires < b.expires ? -1 : 1))
    .map(({ name }) => ({ name }));

const workers: Answer = (tables) =>
  [...tables.workers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { seen, says }]) => ({ name, says: JSON.parse(says), ago: (tables.now() - seen).toFixed(6) }));

const nothing = (act: (tables: StoreTables, values: Values) => void): Answer => {
  return (tables, values) => {
    act(tables, values);
    return [];
  };
};

/** By what only this question has in it. */
const QUESTIONS: readonly (readonly [has: string, answer: Answer])[] = [
  ['kintsugi.enact(', enact],
  ['kintsugi.claim(', claim],
  [
    'kintsugi.renew(',
    (tables, [names, epochs, tokens, ttl]) => {
      const [ofEpoch, ofToken] = [epochs as readonly number[], tokens as readonly string[]];
      const leases = (names as readonly string[]).map((name, n) => leaseOf([name, ofEpoch[n], ofToken[n]]));
      return tables.renew(leases, ttl as number).map((name) => ({ name, anew: true }));
    },
  ],
  ['kintsugi.release(', (tables, lease) => [{ done: tables.release(leaseOf(lease)) }]],
  ['kintsugi.fill(', (tables, lease) => [{ done: tables.fill(leaseOf(lease)) }]],
  ['kintsugi.filled(', (tables, lease) => [{ done: tables.filled(leaseOf(lease)) }]],
  ['kintsugi.forget(', (tables, [name]) => [{ gone: tables.forget(name as string) }]],
  ['kintsugi.provide(', nothing((tables, [names]) => tables.provide(names as readonly string[]))],
  [
    'kintsugi.tell(',
    nothing((tables, [name, says]) => {
      tables.workers.set(name as string, { seen: tables.now(), says: says as string });
    }),
  ],
  [
    'kintsugi.hold_all(',
    nothing((tables, [reason, by]) => {
      tables.hold = { reason: reason as string, by: by as string, at: new Date(tables.now()) };
    }),
  ],
  [
    'kintsugi.let_all_go(',
    nothing((tables) => {
      tables.hold = null;
    }),
  ],
  ['from kintsugi.hold', ({ hold }) => (hold === null ? [] : [{ ...hold }])],
  ['from kintsugi.worker', workers],
  ['from kintsugi.partition p order by name', partitions],
  ['where name = any($1) and expires <= clock_timestamp()', free],
  ['from kintsugi.chunk where file = $1 and at <= $2', chunks],
  ['left join kintsugi.chunk c', wholeFile],
  ['f.id = any($3)', looks],
  ['from kintsugi.name n left join kintsugi.file f', named],
  ['from kintsugi.name where partition = $1 and path >= $2', below],
  [
    'from kintsugi.file where id = $1',
    (tables, [id]) => {
      const file = tables.files.numbered(id as number);
      return file ? [fileColumns(file)] : [];
    },
  ],
];

interface Known {
  readonly answer: Answer;
  /** It changes something. */
  readonly isChange: boolean;
}

/** By the words of a question: there are a score of them, and a hundred thousand are asked. */
const known = new Map<string, Known>();

/** Throws {@link RangeError} for a question that it was not taught: an adapter asks something new. */
function knownOf(sql: string): Known {
  const before = known.get(sql);
  if (before) return before;
  const words = sql.replace(/\s+/g, ' ').trim();
  const found = QUESTIONS.find(([has]) => words.includes(has));
  if (found === undefined) throw new RangeError(`the simulated store was not taught the question: ${words}`);
  const fresh = {
    answer: found[1],
    isChange: /kintsugi\.(enact|claim|renew|release|provide|tell|fill|filled|forget)\(/.test(words),
  };
  known.set(sql, fresh);
  return fresh;
}

export const isChange = (sql: string): boolean => knownOf(sql).isChange;

/** Answers at once, or throws as the database would refuse. */
export const answer = (tables: StoreTables, sql: string, values: Values): readonly Row[] =>
  knownOf(sql).answer(tables, values);
