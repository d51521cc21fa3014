/** A partition's bot that is not, or not any more, this worker's: who has it, and how to get there. */
import type { NotHere } from '../../../src/inspector/contract.ts';
import { clock } from '../format.ts';
import { overview } from '../live.ts';
import { Copy } from '../part/copy.tsx';
import { Empty } from '../part/state.tsx';
import { FLEET } from '../route.ts';

export function NotHerePage({ why }: { readonly why: NotHere }) {
  const known = overview.value;
  return (
    <main class="page" id="main" data-testid="not-here">
      <h1 class="vh">{why.partition}</h1>
      <div role="status">
        <Empty
          icon="unlink"
          title={why.error}
          says={
            <>
              {why.page !== null &&
                'Type that address into the address bar: a page of another worker may not lead there. '}
              {known !== null && `What was seen here until ${clock(known.at)} UTC is not shown any more. `}
              It is asked again every few seconds, and shown as soon as it is here.
            </>
          }
        >
          {why.page !== null && <Copy text={why.page} label="Copy the address" what={why.page} />}
          <a class="btn" href={FLEET}>
            To the fleet
          </a>
        </Empty>
      </div>
    </main>
  );
}
