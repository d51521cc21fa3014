/** One sentence on how it is; and whether entries are open. */
import type { Overview } from '../../../src/inspector/contract.ts';
import { Button } from '../part/button.tsx';
import { HealthIcon, LOOK } from '../part/health.tsx';
import { Icon } from '../part/icons.tsx';
import { opened } from '../shell/open.ts';

export function VerdictBanner({ known }: { readonly known: Overview }) {
  const { health, title, detail, alert } = known.verdict;
  return (
    <section class={`verdict v-${LOOK[health].ink}`} aria-label="Verdict" data-testid="verdict" data-health={health}>
      <HealthIcon health={health} />
      <div class="vt">
        <h1>
          <span class="vh">{LOOK[health].word}: </span>
          {title}
        </h1>
        <p>{detail}</p>
      </div>
      <p class="va">{alert}</p>
    </section>
  );
}

/** Entries are blocked: why, by whom, and how to go on. Nothing where they are open. */
export function KillSwitch({ known }: { readonly known: Overview }) {
  const { active, reason, tripped_by } = known.status.kill_switch;
  if (!active) return null;
  return (
    <section class="kill" aria-label="Kill switch" data-testid="kill-switch">
      <Icon name="pause" class="warn" />
      <p>
        <b>Entries are paused; exits go on.</b>{' '}
        <span class="soft">
          {reason ?? 'No reason was given.'}
          {tripped_by.length > 0 && <> Tripped by {tripped_by.join(', ')}.</>}
        </span>
      </p>
      {known.commands.includes('resume') && (
        <Button
          onClick={() => {
            opened.value = 'entries';
          }}
        >
          Resume …
        </Button>
      )}
    </section>
  );
}
