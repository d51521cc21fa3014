/** What the server tells as it happens, kept as signals for every part of the page. */
import { computed, signal } from '@preact/signals';
import type {
  ActorEvent,
  ActorView,
  IncidentRecord,
  NotHere,
  Overview,
  StreamEvent,
} from '../../src/inspector/contract.ts';
import { wordsOf } from './ask.ts';
import { between, type Instant, instant } from './instant.ts';
import { withToken } from './token.ts';

export type Link = 'connecting' | 'live' | 'lost';

export const link = signal<Link>('connecting');
/** Why the link is not live, in words. */
export const linkSays = signal('');
/** Why a partition's bot cannot be shown here, as long as it cannot. */
export const notHere = signal<NotHere | null>(null);
export const overview = signal<Overview | null>(null);
export const actors = signal<ReadonlyMap<string, ActorView>>(new Map());
/** The last events of all actors, oldest first. */
export const events = signal<readonly ActorEvent[]>([]);
export const eventsDropped = signal(0);
/** Incidents that changed since the page was opened, the newest record of each. */
export const news = signal<ReadonlyMap<string, IncidentRecord>>(new Map());
/** The present; moves once a second. */
const present = signal(instant());
/** Since when the link is lost; `null` while it is live. */
const lostAt = signal<Instant | null>(null);
/** For how long, ms. */
export const lostFor = computed(() => (lostAt.value === null ? null : between(lostAt.value, present.value)));
/** How long ago the overview came, ms. That something else was heard makes it no younger. */
export const overviewAge = computed(() => (overview.value === null ? 0 : between(overviewAt, present.value)));
/** The present on the bot's clock, ms. */
export const botNow = computed(() => {
  const known = overview.value;
  return known === null ? present.value.wall : known.at + overviewAge.value * (known.speed ?? 0);
});

/** A link may be lost this long before what was known counts as not known any more. */
const LOST_MS = 5_000;
/** An overview comes at least every five seconds; two of them were missed. */
const SILENT_IS_STALE_MS = 12_000;
/** What is shown is too old to be believed. Records don't age. */
export const stale = computed((): boolean => {
  if (overview.value === null || overview.value.kind === 'records') return false;
  return lostFor.value === null
    ? link.value === 'live' && overviewAge.value > SILENT_IS_STALE_MS
    : lostFor.value > LOST_MS;
});

const EVENTS_KEPT = 2_000;
const AGAIN_MS = [250, 1_000, 2_000, 5_000];
/** The server says something at least every 15 s. */
const SILENT_MS = 20_000;
let overviewAt = instant();
/** When the server was last heard, whatever it said. */
let heardAt = instant();

/** What happened in another life of the bot, under another owner, is not this one's past. */
function forgetOtherLife(told: Overview): void {
  const before = overview.peek()?.hosted?.epoch;
  if (before === undefined || before === told.hosted?.epoch) return;
  events.value = [];
  eventsDropped.value = 0;
  news.value = new Map();
}

/** The refusal of a stream: of a bot that is not here it says who has it. */
async function refused(answer: Response): Promise<never> {
  const why = (await answer
    .clone()
    .json()
    .catch(() => null)) as Partial<NotHere> | null;
  notHere.value = typeof why?.error === 'string' && typeof why.partition === 'string' ? (why as NotHere) : null;
  throw new Error(await wordsOf(answer));
}

function take(told: StreamEvent): void {
  if (told.type === 'hello') forgetOtherLife(told.overview);
  if (told.type === 'hello' || told.type === 'overview') {
    overviewAt = instant();
    present.value = overviewAt;
    overview.value = told.overview;
  }
  if (told.type === 'hello') actors.value = new Map(told.actors.map((actor) => [actor.id, actor]));
  if (told.type === 'actors') {
    const next = new Map(actors.peek());
    for (const id of told.gone) next.delete(id);
    for (const actor of told.actors) next.set(actor.id, actor);
    actors.value = next;
  }
  if (told.type === 'events') {
    events.value = [...events.peek(), ...told.events].slice(-EVENTS_KEPT);
    eventsDropped.value += told.dropped;
  }
  if (told.type === 'incident') news.value = new Map(news.peek()).set(told.incident.incident_id, told.incident);
  if (told.type === 'bye') linkSays.value = told.reason;
}

/** Reads server-sent events by hand: EventSource can carry no token. */
async function read(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heardAt = instant();
    text += decoder.decode(value, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const data = part
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n');
      if (data !== '') take(JSON.parse(data) as StreamEvent);
    }
  }
}

/** Connects, and again when the link is lost, after a little longer each time. */
export function connect(): void {
  let tries = 0;
  let gone = new AbortController();
  const once = async (): Promise<void> => {
    gone = new AbortController();
    try {
      const answer = await fetch('api/stream', { headers: withToken(), signal: gone.signal });
      if (!answer.ok || answer.body === null) await refused(answer);
      link.value = 'live';
      notHere.value = null;
      lostAt.value = null;
      linkSays.value = '';
      heardAt = instant();
      tries = 0;
      if (answer.body !== null) await read(answer.body);
      linkSays.value ||= 'the server closed the stream';
    } catch (error) {
      linkSays.value =
        error instanceof TypeError ? `nobody answers at ${location.host}` : String((error as Error).message);
    }
    link.value = 'lost';
    lostAt.value ??= instant();
    setTimeout(() => void once(), AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
  };
  setInterval(() => {
    present.value = instant();
    if (link.peek() === 'live' && between(heardAt, present.peek()) > SILENT_MS) gone.abort();
  }, 1_000);
  void once();
}
