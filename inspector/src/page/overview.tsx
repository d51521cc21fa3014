import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import '../style/overview.css';
import type { Overview, TradingView } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { sentence } from '../format.ts';
import { keepLedger } from '../ledger.ts';
import { link, linkSays, overview } from '../live.ts';
import { AgainstShadow } from '../overview/against-shadow.tsx';
import { Components } from '../overview/components.tsx';
import { Faults } from '../overview/faults.tsx';
import { Figures } from '../overview/figures.tsx';
import { Healing } from '../overview/healing.tsx';
import { Guards, Pipeline } from '../overview/trading-summary.tsx';
import { KillSwitch, VerdictBanner } from '../overview/verdict.tsx';
import { Why } from '../overview/why.tsx';
import { ButtonLink } from '../part/button.tsx';
import { CommandLine } from '../part/copy.tsx';
import { Bounded } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { to } from '../route.ts';
import { seen } from '../seen.ts';

/** A signal of its own: the question is not asked anew with every overview. */
const trades = computed(() => overview.value !== null && overview.value.kind !== 'app');
const TRADING_EVERY_MS = 10_000;

/** Asked once for all who draw it. */
function useTrading() {
  return useAsked<TradingView>(() => (trades.value ? 'api/trading' : null), TRADING_EVERY_MS);
}

/** Nothing was ever heard. */
function Unheard() {
  return (
    <main class="page overview" id="main">
      <h1 class="vh">Overview</h1>
      {link.value === 'lost' ? (
        <div class="panel" data-testid="disconnected">
          <Empty
            icon="unlink"
            title="No bot answers"
            says={`${sentence(linkSays.value)}. It is tried again by itself; this page shows it as soon as it is there.`}
          >
            <CommandLine text="kintsugi run" />
          </Empty>
        </div>
      ) : (
        <div class="bones page" role="status">
          <span class="vh">Connecting to the bot</span>
          <i class="b1" />
          <i class="b2" />
          <i class="b3" />
          <i class="b4" />
          <i class="b5" />
        </div>
      )}
    </main>
  );
}

/** An app whose actors are seen and not healed: there is no health to show. */
function Unjudged({ known }: { readonly known: Overview }) {
  return (
    <main class="page overview" id="main">
      <VerdictBanner known={known} />
      <div class="panel" data-testid="unjudged">
        <Empty
          title="The actors are in the inspector"
          says="Statecharts, events and snapshots are there. Health and repairs are here when the app is supervised: supervise() of kintsugi/healing."
        >
          <ButtonLink href={to('inspector')}>Open the inspector</ButtonLink>
        </Empty>
      </div>
    </main>
  );
}

export function OverviewPage() {
  useEffect(keepLedger, []);
  const trading = useTrading();
  const known = seen.value;
  if (known === null) return <Unheard />;
  if (known.components.length === 0) return <Unjudged known={known} />;
  return (
    <main class="page overview" id="main">
      <VerdictBanner known={known} />
      <KillSwitch known={known} />
      <Bounded what="The figures">
        <Figures known={known} />
      </Bounded>
      <div class="aside">
        <Components known={known} />
        <Why />
      </div>
      {known.commands.includes('fault') && <Faults />}
      <div class={trades.value ? 'aside' : 'stack'}>
        <Healing />
        {trades.value && <Pipeline asked={trading} />}
      </div>
      {trades.value && (
        <div class="half">
          <Guards asked={trading} />
          <AgainstShadow asked={trading} />
        </div>
      )}
    </main>
  );
}
