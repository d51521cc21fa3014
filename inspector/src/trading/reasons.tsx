/** Why signals were not traded, in sum. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { duration, percent, words } from '../format.ts';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { to } from '../route.ts';
import { count } from './known.ts';
import { counted } from './words.ts';

export function ReasonsPanel({ view }: { readonly view: TradingView }) {
  const total = view.why_not.reduce((sum, one) => sum + (count(one.count) ?? 0), 0);
  const most = Math.max(1, ...view.why_not.map((one) => count(one.count) ?? 0));
  return (
    <Panel
      title="Why not traded?"
      note={`${counted(total)} signals ended without a trade, ${duration(view.window_ms)}`}
      acts={
        <a class="lnk" href={to('signals')}>
          All signals
        </a>
      }
    >
      {view.why_not.length === 0 ? (
        <Empty
          title="No signal was turned down"
          says="A signal that is blocked, refused or goes stale is counted here with its reason."
        />
      ) : (
        <ol class="reasons">
          {view.why_not.map((one) => (
            <li key={`${one.by} ${one.reason}`}>
              <p class="reason">
                {sentence(one.reason)} <span class="dim">{words(one.by)}</span>
              </p>
              <span class="figures-of num">
                <b>{counted(one.count)}</b>{' '}
                <span class="dim">{percent(total > 0 ? (count(one.count) ?? 0) / total : null)}</span>
              </span>
              <svg class="share" width="100%" height="6" aria-hidden="true">
                <rect class="track" width="100%" height="6" rx="3" />
                <rect class="here" width={`${((count(one.count) ?? 0) / most) * 100}%`} height="6" rx="3" />
              </svg>
              {typeof one.example === 'string' && one.example !== '' && (
                <a class="lnk small" href={to('signals', one.example)} aria-label={`An example: ${one.example}`}>
                  example
                </a>
              )}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

const sentence = (reason: string): string => reason.charAt(0).toUpperCase() + reason.slice(1);
