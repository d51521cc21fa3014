/** `#/signals`: all of them. `#/signals/ID`: one. */
import { route } from '../route.ts';
import '../style/trading.css';
import { SignalPage } from '../trading/signal-detail.tsx';
import { SignalList } from '../trading/signals-page.tsx';

export function SignalsPage() {
  const [, id] = route.value.path;
  return id === undefined ? <SignalList /> : <SignalPage key={id} id={id} />;
}
