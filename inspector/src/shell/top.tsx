/** The bar at the top: where one is, what one looks at, how old it is, and what can be done from everywhere. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Overview } from '../../../src/inspector/contract.ts';
import { clock, count, dateTime, duration, moment } from '../format.ts';
import { botNow, link, notHere, overview, overviewAge, stale } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { FLEET, route, to } from '../route.ts';
import { nextTheme, theme } from '../theme.ts';
import { Brand } from './brand.tsx';
import { opened } from './open.ts';
import { pagesFor } from './pages.tsx';

function Nav({ shown, onGo }: { readonly shown: boolean; readonly onGo: () => void }) {
  const kind = overview.value?.kind;
  const [asked] = route.value.path;
  // Where a fleet is shown, its page is the first.
  const page = kind === 'fleet' && asked === 'overview' ? 'fleet' : asked;
  const open = overview.value?.status.open_incidents.length ?? 0;
  return (
    <nav aria-label="Pages" class={shown ? 'shown' : ''} id="pages">
      {pagesFor(kind).map(({ id, name }) => (
        <a key={id} href={to(id)} aria-current={page === id ? 'page' : undefined} onClick={onGo}>
          {name}
          {id === 'incidents' && open > 0 && (
            <span class="badge">
              {count(open)}
              <span class="vh"> open</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

/** Of a partition's bot: whose it is, and the way back to all. */
function Hosted({ known: { hosted } }: { readonly known: Overview }) {
  if (hosted === undefined) return null;
  return (
    <a
      class="chip accent"
      href={FLEET}
      data-testid="hosted"
      title={`Partition ${hosted.partition} of worker ${hosted.worker}, epoch ${hosted.epoch}. To the fleet`}
    >
      {hosted.partition}
    </a>
  );
}

function Mode({ known }: { readonly known: Overview }) {
  if (known.kind === 'records')
    return (
      <span class="chip accent" title="A finished directory, read back. Nothing runs.">
        Records
      </span>
    );
  if (known.kind === 'app')
    return (
      <span class="chip accent" title="An XState app that is inspected.">
        App
      </span>
    );
  if (known.kind === 'fleet')
    return (
      <span class="chip accent" title="All workers that share one store, as that store knows them.">
        Fleet
      </span>
    );
  return known.paper ? (
    <span class="chip accent" title="Orders are paper: no money moves.">
      Paper
    </span>
  ) : (
    <span class="chip c-bad" title="Orders are real: money moves.">
      Real orders
    </span>
  );
}

function Feed({ known }: { readonly known: Overview }) {
  if (known.kind === 'app' || known.kind === 'fleet') return <span class="meta feed">{known.name}</span>;
  const { kind, symbols, last_tick_at } = known.feed;
  const tick = moment(last_tick_at);
  return (
    <span
      class="meta feed"
      title={`${symbols.join(', ')}${tick === null ? '; no tick yet' : `; last tick ${dateTime(tick)}`}`}
    >
      {kind}, {count(symbols.length)} {symbols.length === 1 ? 'symbol' : 'symbols'}
    </span>
  );
}

/** How old what is shown is; in whole seconds, so that it is calm. */
function Age({ known }: { readonly known: Overview | null }) {
  if (link.value === 'connecting')
    return (
      <span class="meta age">
        <Icon name="ring" class="unk" /> Connecting
      </span>
    );
  if (link.value === 'lost' || stale.value)
    return (
      <span class="meta age bad">
        <Icon name="unlink" /> {link.value === 'lost' ? 'Lost' : 'Silent'}
      </span>
    );
  if (known?.kind === 'records')
    return (
      <span class="meta age">
        <Icon name="clock" /> <span class="word">As it ended</span>
      </span>
    );
  const old = overviewAge.value;
  return (
    <span class="meta age live">
      <i />
      Live<span class="word">, {old < 1_000 ? '< 1 s' : duration(Math.floor(old / 1_000) * 1_000)} old</span>
    </span>
  );
}

function BotClock({ known }: { readonly known: Overview }) {
  const speed = known.speed;
  return (
    <span
      class="meta botclock num"
      title={
        speed === null ? 'The bot’s clock stands: these are records' : `The bot’s clock, ${dateTime(botNow.value)}`
      }
    >
      <span class={stale.value ? 'dim' : ''}>{clock(stale.value ? known.at : botNow.value)} UTC</span>
      {speed !== null && speed !== 1 && (
        <span class="chip speed" title="The bot’s clock runs faster than the wall’s">
          {count(speed)}×
        </span>
      )}
    </span>
  );
}

const THEME_ICON = { system: 'system', light: 'sun', dark: 'moon' } as const;
function ThemeSwitch() {
  const next = nextTheme(theme.value);
  return (
    <Button
      kind="bare"
      size="square"
      label={`Theme: ${theme.value}. Switch to ${next}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      <Icon name={THEME_ICON[theme.value]} />
    </Button>
  );
}

function Entries({ known }: { readonly known: Overview }) {
  const off = known.status.kill_switch.active;
  if (notHere.value !== null || !known.commands.includes(off ? 'resume' : 'pause')) return null;
  return (
    <Button
      kind={off ? 'primary' : 'plain'}
      class="entries"
      testid="entries"
      onClick={() => {
        opened.value = 'entries';
      }}
    >
      <Icon name={off ? 'play' : 'pause'} />
      <span>{off ? 'Resume entries' : 'Pause entries'}</span>
    </Button>
  );
}

export function Top() {
  const menu = useSignal(false);
  const known = overview.value;
  useEffect(() => {
    const shut = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') menu.value = false;
    };
    addEventListener('keydown', shut);
    return () => removeEventListener('keydown', shut);
  }, [menu]);
  return (
    <header class="top">
      <button
        type="button"
        class="btn bare square burger"
        aria-expanded={menu.value}
        aria-controls="pages"
        aria-label="Pages"
        onClick={() => {
          menu.value = !menu.value;
        }}
      >
        <Icon name={menu.value ? 'close' : 'menu'} />
      </button>
      <Brand />
      <Nav
        shown={menu.value}
        onGo={() => {
          menu.value = false;
        }}
      />
      <span class="sp" />
      {known !== null && (
        <>
          <Hosted known={known} />
          <Mode known={known} />
          <Feed known={known} />
        </>
      )}
      <Age known={known} />
      {known !== null && <BotClock known={known} />}
      <button
        type="button"
        class="btn ghost find"
        onClick={() => {
          opened.value = 'search';
        }}
      >
        <Icon name="search" />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      <ThemeSwitch />
      {known !== null && <Entries known={known} />}
    </header>
  );
}
