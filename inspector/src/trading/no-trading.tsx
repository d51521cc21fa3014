/** The inspector shows any XState app; most of them trade nothing. */
import { overview } from '../live.ts';
import { ButtonLink } from '../part/button.tsx';
import { Empty } from '../part/state.tsx';
import { to } from '../route.ts';

export function NoTrading() {
  return (
    <section class="panel">
      <Empty
        title={`${overview.value?.name ?? 'This app'} does not trade`}
        says="Signals, guards and positions are those of a Kintsugi bot. The actors of this app are in the inspector."
      >
        <ButtonLink href={to('inspector')}>Open the inspector</ButtonLink>
      </Empty>
    </section>
  );
}
