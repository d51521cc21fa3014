/** Our own stops, as the positions file has them: they hold, they never move away, and they go off before those at the exchange. */
import type { AnyEventObject } from 'xstate';
import { positionOf, readPositions } from '../../actors/positions-file.ts';
import { POSITIONS_FILE } from '../../actors/records.ts';
import type { Position } from '../../machines/messages.ts';
import type { RestingOrder } from '../../ports/broker.ts';
import { SOUND } from '../disk-trouble.ts';
import type { Life } from '../life.ts';
import type { Told } from '../world/market.ts';
import type { Law, Scene } from './law.ts';
import { readOnce } from './read-once.ts';
import { work } from './working.ts';

/** An exit is sent at once, and one that is lost on the way proven so and sent again after some seconds: looks of the laws, two minutes of them. */
const LEFT_WITHIN = 12;
/** The file follows the marks within a minute, and a stop at the exchange ours: looks of the laws, two minutes of them. */
const FOLLOWS_WITHIN = 12;
const DUST = 1e-9;

/** 1 for long, -1 for short: prices times this grow where a position gains. */
const sideOf = ({ direction }: Pick<Position, 'direction'>): 1 | -1 => (direction === 'LONG' ? 1 : -1);

const positionsIn = readOnce((bytes) => {
  const read = readPositions(bytes);
  return typeof read === 'string' ? null : read.open_positions.map(positionOf);
});

/** Positions as their keeper has written them; `null` where that cannot be read. */
const told = ({ disk }: Scene): readonly Position[] | null => positionsIn(disk.inode(POSITIONS_FILE));

/** Positions with the stops that the exit gates tell, by signal; none where somebody has poisoned the message: it may throw when it is read. */
function toldIn(event: AnyEventObject): ReadonlyMap<string, Position> {
  try {
    return new Map((event.positions as readonly Position[]).map((position) => [position.signalId, position]));
  } catch {
    return new Map();
  }
}

const incarnationOf = ({ bot }: Life): unknown => bot.mailboxes.ref('safetyLayer');

export const OWN_STOP_LAWS: readonly Law[] = [
  {
    id: 'stops-hold',
    says: 'a position is being left two minutes after a price beyond the stop of the positions file was told, also after a restart',
    watch: (scene, found) => {
      const { exchange, market } = scene;
      let looks = 0;
      /** Exits by signal: at which look the last was sent. */
      const left = new Map<string, number>();
      /** Looks since a price was beyond. */
      const awaited = new Map<string, number>();
      /** Prices that came while somebody did not work. */
      const unheard = new Set<Told | null>();
      const isHeld = (position: Position): boolean =>
        (exchange.held().get(position.symbol) ?? 0) * sideOf(position) > DUST;
      const isBeyond = (position: Position): boolean => {
        const last = market.lastTold(position.symbol);
        const heard = last !== null && !unheard.has(last);
        return heard && (last.price - position.stopPrice) * sideOf(position) <= 0;
      };
      const isBeingLeft = ({ signalId }: Position): boolean =>
        looks - (left.get(signalId) ?? Number.NEGATIVE_INFINITY) <= LEFT_WITHIN;
      return {
        born: () => awaited.clear(),
        sent: ({ intent: { purpose, signalId } }) => {
          if (purpose !== 'exit') return;
          left.set(signalId, looks);
          awaited.delete(signalId);
        },
        looked: (life) => {
          looks++;
          const isCalm = !exchange.silent && !market.silent;
          const could = isCalm && work(life, 'exitGates', 'tradeExecution', 'marketFeed', 'safetyLayer');
          const positions = (told(scene) ?? []).filter(isHeld);
          if (!could) {
            unheard.clear();
            for (const { symbol } of positions) unheard.add(market.lastTold(symbol));
            return;
          }
          const before = new Map(awaited);
          awaited.clear();
          for (const position of positions) {
            const { signalId, symbol, stopPrice } = position;
            const since = before.get(signalId);
            if (isBeingLeft(position) || (since === undefined && !isBeyond(position))) continue;
            awaited.set(signalId, (since ?? 0) + 1);
            if (since === LEFT_WITHIN)
              found(`${symbol} went beyond the stop of ${signalId} at ${stopPrice}, and nobody leaves`);
          }
        },
      };
    },
  },
  {
    id: 'stops-never-move-away',
    says: 'as long as one keeper of the positions file lives, no stop in it moves away from the price, and no peak is forgotten',
    watch: (scene, found) => {
      let known = new Map<string, Position>();
      let keeper: unknown = null;
      return {
        looked: (life) => {
          const positions = told(scene);
          const present = incarnationOf(life);
          if (present !== keeper || scene.damaged.has(POSITIONS_FILE)) known.clear();
          keeper = present;
          // One that cannot be read is written again by the same keeper, who knows what stood there.
          if (positions === null) return;
          for (const position of positions) {
            const before = known.get(position.signalId);
            const moved = before ? (position.stopPrice - before.stopPrice) * sideOf(position) : 0;
            if (before && moved < -DUST)
              found(`the stop of ${position.signalId} moved from ${before.stopPrice} to ${position.stopPrice}`);
          }
          known = new Map(positions.map((position) => [position.signalId, position]));
        },
      };
    },
  },
  {
    id: 'marks-are-kept',
    says: 'exit gates that began with a positions file that could be read never tell of a stop that is further from the price than in that file',
    watch: (scene, found) => {
      let present: Life | null = null;
      /** The file could be read whenever it was looked at since the exit gates began. */
      let isReadable = false;
      /** The keeper of the file, and looks since it began: what it was told before is told it then. */
      let keeper: unknown = null;
      let looks = 0;
      const reads = (): boolean => told(scene) !== null && !scene.damaged.has(POSITIONS_FILE);
      return {
        born: (life) => {
          present = life;
          isReadable = false;
          life.bot.mailboxes.attached.subscribe(({ id }) => {
            if (id === 'exitGates') isReadable = reads();
          });
        },
        looked: (life) => {
          isReadable &&= reads();
          looks = incarnationOf(life) === keeper ? looks + 1 : 0;
          keeper = incarnationOf(life);
        },
        took: (actor, event) => {
          const isNews = actor === 'safetyLayer' && event.type === 'POSITION.MARKED';
          if (!isNews || !isReadable || looks < 2 || present === null || !work(present, 'safetyLayer')) return;
          const marked = toldIn(event);
          for (const position of told(scene) ?? []) {
            const { stopPrice, entryPrice } = marked.get(position.signalId) ?? position;
            // It has grown since the disk took the file: its stop is counted from another entry.
            if (entryPrice !== position.entryPrice) continue;
            if ((stopPrice - position.stopPrice) * sideOf(position) < -DUST)
              found(`the stop of ${position.signalId} was at ${position.stopPrice}, and is told to be at ${stopPrice}`);
          }
        },
      };
    },
  },
  {
    id: 'ours-goes-off-first',
    says: 'within two minutes a stop at the exchange rests beyond our own',
    watch: (scene, found) => {
      const nearer = new Map<string, number>();
      const look = (positions: readonly Position[], resting: readonly RestingOrder[]): void => {
        const stops = resting.filter(({ purpose }) => purpose === 'stop');
        const before = new Map(nearer);
        nearer.clear();
        for (const { clientOrderId, symbol, side, stopPrice } of stops) {
          const ours = positions.filter(
            (one) => one.symbol === symbol && (one.direction === 'LONG') === (side === 'SELL'),
          );
          // Of several on a symbol it is not known which it belongs to.
          const isNearer = (position: Position): boolean =>
            stopPrice !== null && (stopPrice - position.stopPrice) * sideOf(position) > 0;
          if (ours.length === 0 || !ours.every(isNearer)) continue;
          const looks = (before.get(clientOrderId) ?? 0) + 1;
          nearer.set(clientOrderId, looks);
          if (looks === FOLLOWS_WITHIN)
            found(`${clientOrderId} rests at ${stopPrice}, and our own stop is at ${ours[0]?.stopPrice}`);
        }
      };
      return {
        born: () => nearer.clear(),
        looked: (life) => {
          const could = scene.disk.trouble === SOUND && work(life, 'exitGates', 'tradeExecution', 'safetyLayer');
          const positions = could ? told(scene) : null;
          if (positions === null || scene.exchange.silent) nearer.clear();
          else void scene.exchange.resting().then((resting) => look(positions, resting));
        },
      };
    },
  },
];
