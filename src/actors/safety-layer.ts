import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { escalationState } from '../healing/kill-switch.ts';
import { provided } from '../machines/compile/provided.ts';
import type { Evidence, Signal } from '../machines/messages.ts';
import { type SafetyLayerContext, type SafetyLayerEvent, safetyLayer } from '../machines/safety-layer.ts';
import { notionalUsd } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ESCALATION_FILE } from './healing-operator.ts';
import { feeElsewhere, fundingKey, PositionBook } from './position-book.ts';
import { positionHistory } from './position-history.ts';
import { beganToday, dayOf, holdingsOf, positionOf, readPositions } from './positions-file.ts';
import { judgePositions, type Look, positionsKeeper } from './positions-keeper.ts';
import { setPositionsAside } from './positions-set-aside.ts';
import { differences, inWords } from './reconciliation.ts';
import { POSITIONS_FILE } from './records.ts';
import { sizingRules } from './settings.ts';
import { sizeEntry } from './sizing.ts';
import { tradingDay } from './trading-day.ts';
import { MAX_OPEN_POSITIONS, type Reservation, veto } from './veto.ts';

/** A place that was let through and is neither taken nor released after this long is free again, ms. */
const RESERVED_FOR_MS = 900_000;

type Args = { readonly context: SafetyLayerContext; readonly event: SafetyLayerEvent };

/** `safetyLayer` at work: owns `logs/positions_futures.json`, the book of positions, and the last veto. */
export function safetyLayerActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings, killSwitch: known } = habitat;
  const { clock, broker, feed, files, log, pending } = world;
  const reservations = new Map<string, Reservation>();
  let book = new PositionBook();
  let hasLearned = false;
  let self: AnyActorRef | null = null;
  let kill: { active: boolean; reason: string } | null = null;
  let equityUsd: number | null = null;
  let foundAtStart: Look = { found: 'missing', says: '' };
  let asking: Promise<void> | null = null;

  const day = tradingDay(
    () => book,
    (symbol) => feed.recent(symbol, 1).at(-1)?.close ?? null,
  );
  const keeper = positionsKeeper(
    world,
    () => book,
    () => day.began,
    (event) => self?.send(event),
  );

  const booked = (): void =>
    self?.send({ type: 'BOOKED', open: book.openCount, reserved: reservations.size, limit: MAX_OPEN_POSITIONS });

  const tellExposure = ({ context }: Args): void =>
    mail.post('decisionEngine', {
      type: 'EXPOSURE',
      equityUsd,
      pnlTodayUsd: day.pnlUsd,
      dailyPnlUsd: day.pnlUsd,
      openPositions: book.open(),
      killSwitch: context.killSwitch,
      entriesOpen: context.entries.open,
      why: context.entries.why,
    });

  const tellAccount = (): void => self?.send({ type: 'ACCOUNT', equityUsd, pnlTodayUsd: day.pnlUsd, at: clock.now() });

  const account = async (): Promise<void> => {
    const before = equityUsd;
    const pnlBefore = day.pnlUsd;
    try {
      equityUsd = await broker.equityUsd();
    } catch (error) {
      equityUsd = null;
      log.warn(`the equity could not be asked for: ${says(error)}; entries wait`);
    }
    day.reckon(clock.now(), equityUsd);
    if (equityUsd !== before || day.pnlUsd !== pnlBefore) tellAccount();
  };
  const askAccount = (): void => {
    if (asking) return;
    asking = pending.track(account()).finally(() => {
      asking = null;
    });
  };

  const most = (): number => (equityUsd ?? 0) * settings.guards.sizing.maxNotional;
  const notionalOf = ({ symbol, direction, price }: Signal): number => {
    if (equityUsd === null) return 0;
    const rules = sizingRules(settings);
    const size = sizeEntry({ direction, price, equityUsd, instrument: broker.instrument(symbol), rules });
    return 'refused' in size ? 0 : notionalUsd(price, size.qty);
  };

  const vet = ({ context, event }: Args): void => {
    if (event.type !== 'VET') return;
    const { signal } = event;
    const notional = notionalOf(signal);
    const verdict = veto(signal, {
      entries: context.entries,
      positions: book.open(),
      reservations,
      equityUsd,
      maxExposure: settings.guards.risk.maxExposure,
      notionalUsd: notional,
    });
    if (verdict.passes) {
      reservations.set(signal.signalId, { symbol: signal.symbol, notionalUsd: notional, at: clock.now() });
      booked();
    }
    mail.post('decisionEngine', { type: 'VETTED', signalId: signal.signalId, verdict });
  };

  const release = ({ event }: Args): void => {
    if (event.type === 'RELEASE' && reservations.delete(event.signalId)) booked();
  };

  const change = ({ event }: Args): void => {
    if (event.type !== 'POSITION.CHANGED') return;
    const { fill, position, gate } = event;
    const { fillId, at } = fill;
    if (book.take({ change: event.change, fillId, position, gate, at, ...feeElsewhere(fill) }) === 'known') return;
    reservations.delete(position.signalId);
    booked();
    keeper.save();
    askAccount();
  };

  const fund = ({ event }: Args): void => {
    if (event.type !== 'POSITION.FUNDED') return;
    const { payment, position } = event;
    const fillId = fundingKey(payment.fundingId);
    if (book.take({ change: 'funding', fillId, position, gate: null, at: payment.at }) === 'known') return;
    keeper.save();
    askAccount();
  };

  const settleDay = (): void => {
    const before = day.pnlUsd;
    day.settle(clock.now());
    if (day.pnlUsd !== before) tellAccount();
  };

  /** What somebody paid in or out is no result of the day. */
  const moveMoney = ({ event }: Args): void => {
    if (event.type !== 'MONEY_MOVED') return;
    day.moved(event.usd);
    if (day.began !== null) keeper.save();
    askAccount();
  };

  const tend = (): void => {
    const now = clock.now();
    let freed = false;
    for (const [signalId, { at }] of reservations)
      if (now - at > RESERVED_FOR_MS) freed = reservations.delete(signalId) || freed;
    if (freed) booked();
    if (book.openCount > 0 || equityUsd === null || day.began?.day !== dayOf(now)) askAccount();
  };

  /** The book is what the log says; how far stops had trailed, the file. */
  const learn = async (): Promise<{ readonly isBehind: boolean; readonly isNew: boolean }> => {
    const bytes = await files.read(POSITIONS_FILE);
    const read = bytes === null ? null : readPositions(bytes);
    const listed = read !== null && typeof read !== 'string' ? read : null;
    const history = await positionHistory(habitat.history, listed?.changes ?? null);
    book = history.book;
    for (const [id, { symbol, at }] of history.underWay) reservations.set(id, { symbol, notionalUsd: most(), at });
    foundAtStart = judgePositions(bytes, holdingsOf(book.open()));
    const known = listed?.open_positions.map(positionOf) ?? [];
    // The log is ahead: we were stopped between a record and the file that follows it. That is no damage.
    const isBehind = foundAtStart.found === 'differs' && history.heldThen === holdingsOf(known);
    // The file is ahead: the log did not take a change that was made. It has to be rebuilt, and how far stops had trailed is known.
    const isAhead = foundAtStart.found === 'differs' && (listed?.changes ?? 0) > book.changes;
    const isImage = foundAtStart.found === 'same' || isBehind || isAhead;
    if (isImage) book.mark(known);
    const began = beganToday(listed, book.changes, clock.now());
    day.recall({ known: isImage ? began : null, doubted: isImage ? null : began });
    hasLearned = true;
    return { isBehind, isNew: foundAtStart.found === 'missing' && book.changes === 0 };
  };

  const open = async (ref: AnyActorRef): Promise<void> => {
    self = ref;
    const { isBehind, isNew } = await learn();
    if (isBehind || (isNew && (await isFlat()))) await writeFirst();
    kill = await killSwitch();
  };

  const writeFirst = async (): Promise<void> => {
    try {
      await keeper.overwrite();
      foundAtStart = keeper.look;
    } catch (error) {
      foundAtStart = { ...foundAtStart, says: `${foundAtStart.says}, and cannot be written: ${says(error)}` };
    }
  };

  /** Only an answer says so. */
  const isFlat = async (): Promise<boolean> => {
    try {
      return (await broker.positions()).length === 0;
    } catch (error) {
      log.warn(`the broker could not be asked what it holds: ${says(error)}; no empty ${POSITIONS_FILE} is made`);
      return false;
    }
  };

  /** The kill switch outlives us; its keeper, healingOperator, tells of later changes. What the disk refused, he knows. */
  const killSwitch = async (): Promise<typeof kill> => {
    // A keeper that is deaf has not taken yet what was given up meanwhile.
    if (known.untaken) return { active: true, reason: known.untaken.reason };
    if (known.present) return { active: known.present.active, reason: known.present.reason ?? '' };
    const loaded = await world.store.load(ESCALATION_FILE, escalationState);
    if (loaded.ok) {
      const { soft_kill_switch_active: active, reason } = loaded.value;
      return active ? { active, reason: reason ?? 'it was on when the bot stopped' } : null;
    }
    return loaded.missing ? null : { active: true, reason: `its state cannot be read: ${loaded.reason}` };
  };

  let stopListening: () => void = () => undefined;
  const hold = (): void => {
    if (self?.getSnapshot().status !== 'active') stopListening();
    else self.send({ type: 'HOLD', why: world.holds?.why() ?? null });
  };

  const begin = (): void => {
    keeper.begin(foundAtStart);
    if (kill) self?.send({ type: 'KILL', ...kill });
    if (world.holds) {
      stopListening = world.holds.onChange(hold);
      hold();
    }
    booked();
    askAccount();
    mail.post('tradeExecution', { type: 'RECONCILE' });
  };

  /** The file from the log, where the broker agrees with the log. What was there is set aside first. */
  const rebuild = async (): Promise<Evidence> => {
    // One that could not be read when we were started may be as it was: the marks in it nobody else has.
    if (!hasLearned) await learn();
    const { book: logged } = await positionHistory(world.bus, null);
    if (!book.contains(logged)) {
      if (!logged.contains(book)) throw new Error('the log lacks changes we have booked, and has others we have not');
      logged.mark(book.open());
      book = logged;
    }
    const found = differences(book.net(), await pending.track(broker.positions()), new Set());
    if (found.length > 0)
      throw new Error(`the log and the broker disagree, nothing was written: ${found.map(inWords).join('; ')}`);
    const { before, kept } = await setPositionsAside(world, holdingsOf(book.open()));
    if (self?.getSnapshot().status !== 'active') throw new Error('its keeper was ended meanwhile, nothing was written');
    await keeper.overwrite();
    booked();
    const where = kept ? `; what was there is in ${kept.file}` : '';
    log.warn(`🔧 [HEALING] Rebuilt positions_futures.json from the log and the broker`, { open: book.openCount });
    return {
      says: `${POSITIONS_FILE} was rebuilt from the log, and the broker agrees: ${book.openCount} open positions${where}`,
      figures: { open: book.openCount, was: before.found, quarantine: kept?.file ?? null },
    };
  };

  const restoreMode = async (): Promise<Evidence> => {
    await files.restoreMode(POSITIONS_FILE);
    if (!(await files.writable(POSITIONS_FILE))) throw new Error(`${POSITIONS_FILE} stays unwritable`);
    return { says: `${POSITIONS_FILE} has the mode this bot gives it`, figures: {} };
  };

  const repair = async (target: string): Promise<Evidence> => {
    if (target === 'mode') return restoreMode();
    if (target !== 'positions') throw new Error(`safetyLayer has no ${target} to repair`);
    const evidence = await rebuild();
    if (!(await files.writable(POSITIONS_FILE))) await restoreMode();
    return evidence;
  };

  const life = lifeEffects('safetyLayer', habitat, {
    open,
    begin,
    files: [keeper.file],
    repair,
    close: async () => {
      stopListening();
      await asking;
      await keeper.settled();
    },
  });
  return provided(safetyLayer, {
    actors: life.actors,
    actions: {
      ...life.actions,
      vet,
      release,
      book: change,
      fund,
      mark: ({ event }) => {
        if (event.type !== 'POSITION.MARKED') return;
        const lost = book.mark(event.positions);
        if (lost.length > 0) mail.post('exitGates', { type: 'MARKS.KEPT', positions: lost });
        keeper.save();
      },
      moveMoney,
      save: keeper.save,
      tend,
      tellExposure,
      compareBooks: () => mail.post('tradeExecution', { type: 'RECONCILE' }),
      tell: (args) => {
        if (args.event.type === 'RECONCILED' && args.event.ok) settleDay();
        mail.post('tradeExecution', { type: 'ENTRIES', ...args.context.entries });
        tellExposure(args);
      },
    },
  });
}
