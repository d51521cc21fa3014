/** Why signals were not traded, in sum. */
import { useSignal } from '@preact/signals';
import type { TradingView } from '../../../src/inspector/contract.ts';
import { percent, words } from '../format.ts';
import { Button } from '../part/button.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { to } from '../route.ts';
import { count } from './known.ts';
import { counted, span } from './words.ts';

const MOST = 8;

export function ReasonsPanel({ view }: { readonly view: TradingView }) {
  const all = useSignal(false);
  const rows = all.value ? view.why_not : view.why_not.slice(0, MOST);
  const total = view.why_not.reduce((sum, one) => sum + (count(one.count) ?? 0), 0);
  const most = Math.max(1, ...view.why_not.map((one) => count(one.count) ?? 0));
  return (
    <Panel
      title="Why not traded?"
      note={`${counted(total)} signals ended without a trade, ${span(view.window_ms)}`}
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
          {rows.map((one) => (
            <li key={`${one.by} ${one.reason}`}>
              <p class="reason">
                {sentence(one.reason)} <span class="dim">{words(one.by)}</span>
              </p>
              <span class="figures-of num">
                <b>{counted(one.count)}</b> <span class="dim">{percent(partOf(one.count, total))}</span>
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
      {view.why_not.length > MOST && (
        <p class="list-end">
          <Button
            size="tiny"
            onClick={() => {
              all.value = !all.value;
            }}
          >
            {all.value ? 'Only the most frequent' : `${count(view.why_not.length - MOST)} more reasons`}
          </Button>
        </p>
      )}
    </Panel>
  );
}

function partOf(many: number, total: number): number | null {
  const known = count(many);
  return known === null || total === 0 ? null : known / total;
}
const sentence = (reason: string): string => reason.charAt(0).toUpperCase() + reason.slice(1);
