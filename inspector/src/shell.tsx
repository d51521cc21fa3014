import { InspectorPage } from './page/inspector.tsx';
import { OverviewPage } from './page/overview.tsx';
import { TradingPage } from './page/trading.tsx';
import { route, to } from './route.ts';

export function Shell() {
  const [page] = route.value.path;
  return (
    <>
      <header class="top">
        <nav aria-label="Pages">
          {['overview', 'incidents', 'trading', 'inspector', 'log'].map((name) => (
            <a key={name} href={to(name)} aria-current={page === name ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      {page === 'overview' && <OverviewPage />}
      {(page === 'trading' || page === 'signals') && <TradingPage />}
      {page === 'inspector' && <InspectorPage />}
    </>
  );
}
