/** The pages, each fetched when it is first looked at. */
import { type Signal, signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import type { Kind } from '../../../src/inspector/contract.ts';
import { OverviewPage } from '../page/overview.tsx';
import { Failed, Loading } from '../part/state.tsx';

interface Loaded {
  readonly page: ComponentType | null;
  readonly error: string | null;
}

/** A page that is fetched when it is first drawn. */
function lazily(name: string, load: () => Promise<ComponentType>): ComponentType {
  let loaded: Signal<Loaded> | null = null;
  const fetchIt = (into: Signal<Loaded>): void => {
    load().then(
      (page) => {
        into.value = { page, error: null };
      },
      (error: unknown) => {
        into.value = { page: null, error: (error as Error).message };
      },
    );
  };
  return function Lazy() {
    if (loaded === null) {
      loaded = signal<Loaded>({ page: null, error: null });
      fetchIt(loaded);
    }
    const { page: Page, error } = loaded.value;
    if (Page !== null) return <Page />;
    if (error === null)
      return (
        <main class="page" id="main">
          <h1 class="vh">{name}</h1>
          <Loading what={name} lines={8} />
        </main>
      );
    return (
      <main class="page" id="main">
        <h1 class="vh">{name}</h1>
        <Failed
          title={`${name} could not be fetched`}
          says={`${error}. If the program was updated while this page was open, open the page anew.`}
          again={() => location.reload()}
        />
      </main>
    );
  };
}

interface Page {
  /** First part of the address. */
  readonly id: string;
  readonly name: string;
  /** The key after `g`. */
  readonly key: string;
  readonly draw: ComponentType;
  /** Only where a bot trades. */
  readonly trades: boolean;
  /** Only where a fleet is shown, and there nothing else. */
  readonly ofFleet?: true;
}

export const PAGES: readonly Page[] = [
  {
    id: 'overview',
    name: 'Overview',
    key: 'o',
    trades: false,
    // What is looked at first comes with the shell, and not after it.
    draw: OverviewPage,
  },
  {
    id: 'incidents',
    name: 'Incidents',
    key: 'i',
    trades: false,
    draw: lazily('Incidents', () => import('../page/incidents.tsx').then((file) => file.IncidentsPage)),
  },
  {
    id: 'trading',
    name: 'Trading',
    key: 't',
    trades: true,
    draw: lazily('Trading', () => import('../page/trading.tsx').then((file) => file.TradingPage)),
  },
  {
    id: 'signals',
    name: 'Signals',
    key: 's',
    trades: true,
    draw: lazily('Signals', () => import('../page/signals.tsx').then((file) => file.SignalsPage)),
  },
  {
    id: 'inspector',
    name: 'Inspector',
    key: 'a',
    trades: false,
    draw: lazily('Inspector', () => import('../page/inspector.tsx').then((file) => file.InspectorPage)),
  },
  {
    id: 'log',
    name: 'Log',
    key: 'l',
    trades: false,
    draw: lazily('Log', () => import('../page/log.tsx').then((file) => file.LogPage)),
  },
  {
    id: 'fleet',
    name: 'Fleet',
    key: 'f',
    trades: false,
    ofFleet: true,
    draw: lazily('Fleet', () => import('../page/fleet.tsx').then((file) => file.FleetPage)),
  },
];

/** An app that trades nothing has no trading to show; a fleet has its own page, and each of its bots is elsewhere. */
export const pagesFor = (kind: Kind | undefined): readonly Page[] =>
  PAGES.filter(({ trades, ofFleet = false }) => ofFleet === (kind === 'fleet') && !(trades && kind === 'app'));
