/** All that may stand in the configuration, with its defaults. What is published, asked and told comes from here. */
import { z } from 'zod';
import { SEGMENT_BYTES } from '../../adapters/jsonl-logs.ts';
import { DEFAULT_HOST } from '../inspector/serve-at.ts';
import { alertsSection } from './alerts-section.ts';
import { exchangeSection, protectionSection } from './exchange-sections.ts';
import { exitsSection } from './exits-section.ts';
import { guardsSection } from './guards-section.ts';
import { count, section, setting } from './setting.ts';

/** 2^20 bytes. */
export const MB = 1024 * 1024;
/** Faster than this, a timer of a second would be shorter than Node can wait. */
const FASTEST = 1_000;

/** Symbols become file names. */
const symbol = z
  .string()
  .regex(/^[A-Z0-9]{1,40}$/)
  .meta({ examples: ['BTCUSDT', 'ETHUSDT'] });
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'BNBUSDT'];

export const configFile = z.strictObject({
  $schema: z.string().optional().describe('Where editors find the schema of this file; the bot does not ask.'),
  dir: setting(
    z.string().min(1),
    './bot',
    "The bot's directory: its records. A relative path in the file begins where the file is.",
  ),
  feed: setting(
    z.string().regex(/^(sim|replay:.+|ccxt:[a-z0-9]+)$/),
    'sim',
    'The market: simulated, recorded candles (a file or a folder), or an exchange.',
    { examples: ['sim', 'replay:FILE', 'replay:DIR', 'ccxt:binanceusdm'] },
  ),
  symbols: setting(
    z.array(symbol).min(1),
    SYMBOLS,
    'What is traded. A replay has the symbols of its files, unless --symbols is typed.',
  ),
  speed: setting(
    z.union([z.number().positive().max(FASTEST), z.literal('max')]),
    1,
    '1 is real time, N is N times as fast, max as fast as it can.',
  ),
  seed: setting(count, 1, 'The same seed and feed at --speed max give the same records.'),
  http: section('The page, the API and the metrics.', {
    enabled: setting(z.boolean(), true, 'They are served; at --speed max only where --port is typed.'),
    host: setting(
      z.string().regex(/\S/),
      DEFAULT_HOST,
      'The address they are served at. Anything but the default is not only for this machine, and needs the token.',
      { examples: [DEFAULT_HOST, '0.0.0.0'] },
    ),
    port: setting(
      z.int().min(0).max(65_535).nullable(),
      null,
      'The port; 0: one that is free; null: 7070, or the next that is free up to 7079.',
    ),
    origin: setting(
      z
        .string()
        .regex(/^https:\/\/([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?$/)
        .nullable(),
      null,
      'Where a proxy with TLS has them: its pages may then change something, and everything needs the token; null: nowhere.',
      { examples: ['https://bot.example.org'] },
    ),
  }),
  startEquityUsd: setting(z.number().positive().max(1e12), 10_000, 'Equity of a new paper account, USD.'),
  leverage: setting(z.number().min(1).max(125), 3, "Leverage of entries, at most the instrument's."),
  guards: guardsSection,
  exits: exitsSection,
  protection: protectionSection,
  exchange: exchangeSection,
  healing: setting(
    z.enum(['act', 'observe']),
    'act',
    'observe: the healer judges, plans and records, and sends nothing.',
  ),
  alerts: alertsSection,
  durability: setting(
    z.enum(['synced', 'written']).nullable(),
    null,
    'A record counts as kept when it is on the disk (synced) or in the page cache (written); null: synced, and written at --speed max.',
  ),
  mirror: setting(
    z.string().min(1).nullable(),
    null,
    'A folder, best on another disk, for a second copy of the event log; null: none. A relative path in the file begins where the file is.',
  ),
  store: setting(
    z
      .string()
      .regex(/^postgres(ql)?:\/\/./)
      .nullable(),
    null,
    'Where a fleet of workers keeps its records (kintsugi worker): the address of a PostgreSQL database; null: in dir. A password is best left to PGPASSWORD.',
    { examples: ['postgres://worker@db.internal/kintsugi?sslmode=verify-full'], writeOnly: true },
  ),
  fleet: section('The part of a worker in a fleet; all workers of one store are told the same.', {
    account: setting(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,30}$/),
      'default',
      'A name for the account that is traded.',
    ),
    partitions: setting(
      z.int().min(1).max(1_024),
      12,
      'Into how many parts the symbols of an account are put, each with one owner; never changed once a store has any.',
    ),
    leaseSeconds: setting(
      z.number().min(0.5).max(600),
      10,
      'For so long a partition is a worker’s after it last said that it lives; a dead one is replaced within two of these.',
    ),
  }),
  segmentMb: setting(
    z.number().min(0.01).max(1_000_000),
    SEGMENT_BYTES / MB,
    'Megabytes (2^20 bytes) at which the event log goes on in a new file.',
  ),
  sim: section('The simulated market.', {
    intervalMs: setting(z.int().min(10).max(86_400_000), 1_000, 'Length of a bar, ms.'),
  }),
});

/** The configuration whole: what was not said has its default. */
export type Configuration = Omit<z.output<typeof configFile>, '$schema'>;
