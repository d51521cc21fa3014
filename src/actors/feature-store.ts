import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { type FeatureStoreEvent, featureStore } from '../machines/feature-store.ts';
import type { Evidence, Features } from '../machines/messages.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { type Indicators, indicators, WARM_UP_BARS } from './indicators.ts';
import { ownedFile, ownedFolder } from './owned-file.ts';
import { stamp } from './records.ts';

export const FEATURE_FOLDER = 'feature_store';
export const INTELLIGENCE_FOLDER = 'feature_store/intelligence';
export const INTELLIGENCE_SUMMARY = 'feature_store/intelligence/summary.json';

const jsonFault = (bytes: Uint8Array): string | null => {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return null;
  } catch (error) {
    return says(error);
  }
};

/** What is kept on disk of a symbol's features: all but the series. */
const document = ({ returns: _, at, ...features }: Features) => ({ ...features, ...stamp(at) });

/** `featureStore` at work: owns `feature_store/`; its indicators are warmed with the bars the feed remembers. */
export function featureStoreActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;
  const { clock, pace } = world;
  const bySymbol = new Map<string, Indicators>();
  const latest = new Map<string, Features>();
  let warmth = '';
  let savedAt = Number.NEGATIVE_INFINITY;
  /** Symbols whose file has been written: before that, its absence is no damage. */
  const written = new Set<string>();
  let saving: Promise<void> | null = null;
  let self: AnyActorRef | null = null;

  const indicatorsOf = (symbol: string): Indicators => {
    const known = bySymbol.get(symbol);
    if (known) return known;
    const fresh = indicators({ barMs: world.feed.intervalMs });
    bySymbol.set(symbol, fresh);
    return fresh;
  };

  const tellWarmth = (): void => {
    const all = world.feed.symbols;
    const fresh = all.filter((symbol) => latest.get(symbol)?.stable === true).length;
    const words = `${fresh}/${all.length}`;
    if (words === warmth) return;
    warmth = words;
    self?.send({ type: 'WARMTH', fresh, warming: all.length - fresh });
  };

  const compute = ({ event }: { event: FeatureStoreEvent }): void => {
    if (event.type !== 'TICK') return;
    const { at, candles } = event.tick;
    const features = candles.map((candle) => ({ ...indicatorsOf(candle.symbol).add(candle), at }));
    for (const one of features) latest.set(one.symbol, one);
    tellWarmth();
    mail.post('decisionEngine', { type: 'FEATURES', at, features });
    mail.post('signalEngine', { type: 'FEATURES', at, features });
    saveWhenDue();
  };

  const save = async (): Promise<void> => {
    const now = clock.now();
    savedAt = now;
    self?.send({ type: 'SAVING' });
    try {
      for (const features of [...latest.values()]) {
        await world.store.save(`${FEATURE_FOLDER}/${features.symbol}.json`, document(features));
        written.add(features.symbol);
      }
      const symbols = Object.fromEntries(
        [...latest.values()].map(({ symbol, regime, volatility, price }) => [symbol, { price, regime, volatility }]),
      );
      await world.store.save(INTELLIGENCE_SUMMARY, { ...stamp(now), symbols });
      self?.send({ type: 'SAVED', at: now });
    } catch (error) {
      self?.send({ type: 'SAVE_FAILED', error: says(error) });
    }
  };

  const startSave = (): Promise<void> => {
    saving ??= world.pending.track(save()).finally(() => {
      saving = null;
    });
    return saving;
  };

  const saveWhenDue = (): void => {
    if (latest.size > 0 && clock.now() - savedAt >= pace.showMs) void startSave();
  };

  /** Folders are made again and the files written anew from what is known now: they are a view, not a memory. */
  const repair = async (): Promise<Evidence> => {
    const folders = [FEATURE_FOLDER, INTELLIGENCE_FOLDER];
    const made: string[] = [];
    for (const folder of folders) {
      if ((await world.files.stat(folder)) !== null) continue;
      await world.files.makeFolder(folder);
      made.push(folder);
      world.log.warn(`🔧 [HEALING] Created ${folder}`, { path: folder });
    }
    for (const path of [
      INTELLIGENCE_SUMMARY,
      ...[...latest.keys()].map((symbol) => `${FEATURE_FOLDER}/${symbol}.json`),
    ]) {
      const bytes = await world.files.read(path);
      const fault = bytes === null ? null : jsonFault(bytes);
      if (bytes !== null && fault !== null) await world.quarantine.keep(path, 0, bytes, fault);
    }
    if (saving !== null) await saving;
    if (latest.size > 0) await startSave();
    const says = `made ${made.length} folders, wrote the features of ${latest.size} symbols`;
    return { says, figures: { folders: made.length, symbols: latest.size } };
  };

  const life = lifeEffects('featureStore', habitat, {
    open: async (ref) => {
      self = ref;
      await world.files.makeFolder(INTELLIGENCE_FOLDER);
      for (const symbol of world.feed.symbols) {
        const candles = world.feed.recent(symbol, WARM_UP_BARS);
        const features = indicatorsOf(symbol).replay(candles);
        const last = candles.at(-1);
        if (features && last) latest.set(symbol, { ...features, at: last.ts + world.feed.intervalMs });
      }
    },
    begin: tellWarmth,
    files: [
      ownedFolder(world, FEATURE_FOLDER),
      ownedFolder(world, INTELLIGENCE_FOLDER),
      ownedFile(world, INTELLIGENCE_SUMMARY, () => written.size > 0, jsonFault),
      ...world.feed.symbols.map((symbol) =>
        ownedFile(world, `${FEATURE_FOLDER}/${symbol}.json`, () => written.has(symbol), jsonFault),
      ),
    ],
    repair,
    close: async () => {
      if (saving !== null) await saving;
      if (latest.size > 0) await startSave();
    },
  });
  return provided(featureStore, { actors: life.actors, actions: { ...life.actions, compute, saveWhenDue } });
}
