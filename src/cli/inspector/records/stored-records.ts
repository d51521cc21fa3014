/** Records that are rows of a fleet's store, for the reader of files. */
import { REAL_EXITS_FILE } from '../../../actors/real-shadow-record.ts';
import { isBusFile, POSITIONS_FILE } from '../../../actors/records.ts';
import { EXCHANGE_FILE } from '../../../adapters/paper-state.ts';
import { connectTo } from '../../../adapters/postgres/connection.ts';
import { PartitionCopy } from '../../../adapters/postgres/partition-copy.ts';
import { DECISIONS_FILE, FEATURE_FOLDER, HEARTBEAT_FILE, LEDGER_FILE, SHADOW_FILE } from './known-words.ts';

/** A partition of a fleet's store. */
export interface StoredPartition {
  readonly url: string;
  readonly partition: string;
  /** How long an answer of the store is waited for, ms. */
  readonly answerMs: number;
}

/** Where the records are that a reader's thread reads. */
export interface RecordsPlace {
  /** Absolute. */
  readonly dir: string;
  /** Where the bot's own log is. */
  readonly logDir: string;
  /** What is in `dir` is a copy of this, and kept up to date; `null`: the bot writes there itself. */
  readonly stored: StoredPartition | null;
}

const READ: readonly string[] = [
  ...[SHADOW_FILE, DECISIONS_FILE, REAL_EXITS_FILE, LEDGER_FILE, HEARTBEAT_FILE, EXCHANGE_FILE, POSITIONS_FILE],
];
const isWanted = (path: string): boolean =>
  isBusFile(path) || READ.includes(path) || path.startsWith(`${FEATURE_FOLDER}/`);

/** Over a connection of its own: who reads much holds up nobody's lease, and nobody's commit. */
export const copyOf = ({ url, partition, answerMs }: StoredPartition, dir: string): PartitionCopy =>
  new PartitionCopy({ connection: connectTo(url, { answerMs }), partition, dir, isWanted });
