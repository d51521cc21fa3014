/** What stands around every page. */

import type { Kind } from '../../src/inspector/contract.ts';
import { notHere, overview } from './live.ts';
import { NotHerePage } from './page/not-here.tsx';
import { Bounded } from './part/panel.tsx';
import { Empty } from './part/state.tsx';
import { route } from './route.ts';
import { Announcer } from './shell/announcer.tsx';
import { EntriesDialog } from './shell/entries.tsx';
import { HelpDialog } from './shell/help.tsx';
import { LinkBanner } from './shell/link-banner.tsx';
import { opened } from './shell/open.ts';
import { PAGES, pagesFor } from './shell/pages.tsx';
import { SearchDialog } from './shell/search.tsx';
import { Top } from './shell/top.tsx';

const toMain = (): void => {
  const main = document.querySelector('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus();
};

const whyNot = (kind: Kind | undefined): string => {
  if (kind === 'app') return 'Its actors are in the inspector.';
  if (kind === 'fleet') return 'A worker shows the whole fleet. What one of its bots does is behind its partition.';
  return 'The address may be from another version of this page.';
};

export function Shell() {
  const [asked] = route.value.path;
  const known = overview.value;
  // Of an app that nobody judges the actors are what there is to see.
  const first =
    known?.kind === 'app' && known.components.length === 0 ? 'inspector' : known?.kind === 'fleet' ? 'fleet' : asked;
  const name = location.hash.length < 3 || (first === 'fleet' && asked === 'overview') ? first : asked;
  const page = (known === null ? PAGES : pagesFor(known.kind)).find(({ id }) => id === name);
  const Page = page?.draw;
  const app = known?.kind === 'app';
  return (
    <>
      <button type="button" class="skip btn" onClick={toMain}>
        Skip to the content
      </button>
      <Top />
      <LinkBanner />
      {notHere.value !== null ? (
        <NotHerePage why={notHere.value} />
      ) : Page !== undefined && !(app && page?.trades) ? (
        <Bounded key={name} what={page?.name ?? 'this page'} isPage>
          <Page />
        </Bounded>
      ) : (
        <main class="page" id="main">
          <h1 class="vh">Not here</h1>
          <Empty title={app ? 'This app does not trade' : `There is no page “${name}”`} says={whyNot(known?.kind)}>
            <a class="btn" href={known?.kind === 'fleet' ? '#/fleet' : '#/overview'}>
              {known?.kind === 'fleet' ? 'To the fleet' : 'To the overview'}
            </a>
          </Empty>
        </main>
      )}
      <Announcer />
      {opened.value === 'search' && <SearchDialog />}
      {opened.value === 'help' && <HelpDialog />}
      {opened.value === 'entries' && <EntriesDialog />}
    </>
  );
}
