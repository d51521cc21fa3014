/** An incident as it happens, from broken to proven healed, with the times that were measured. */
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { IncidentRecord } from '../../../src/inspector/contract.ts';
import { duration, words } from '../format.ts';
import { outcomeHealth } from '../incidents/look.ts';
import { incidents } from '../ledger.ts';
import { botNow, news } from '../live.ts';
import { LOOK } from '../part/health.tsx';
import { Icon, type IconName } from '../part/icons.tsx';
import { to } from '../route.ts';

/** What was known when something was asked for: what it leads to may be there, and be healed, before the answer is. */
export interface Asking {
  /** Ms on the bot's clock: an incident that was opened before is another one. */
  readonly at: number;
  readonly before: ReadonlyMap<string, IncidentRecord>;
}
export const nowAsking = (): Asking => ({ at: botNow.peek(), before: news.peek() });

interface FollowProps {
  /** Its id, where it is known already. */
  readonly incident: string | null;
  readonly asking: Asking;
  /** Where it is expected; `null`: anywhere. */
  readonly component?: string | null;
}

const ms = (iso: string): number => Date.parse(iso);
/** The bot's clock as this page has it may be ahead by the length of a message. */
const AHEAD_MS = 2_000;
const LONG_MS = 20_000;

function Stage({
  icon,
  ink,
  title,
  took,
  children,
}: {
  readonly icon: IconName;
  readonly ink: string;
  readonly title: string;
  readonly took?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <li class={`stage ${ink}`}>
      <span class="mark">
        <Icon name={icon} class={ink} />
      </span>
      <div>
        <p class="h">
          {title}
          {took !== undefined && <span class="took"> {took}</span>}
        </p>
        <p class="b">{children}</p>
      </div>
    </li>
  );
}

function Remedies({ of }: { readonly of: IncidentRecord }) {
  return (
    <>
      {of.remedies.map((remedy, n) => {
        const health = outcomeHealth(remedy);
        return (
          <Stage
            key={remedy.at}
            icon={health === 'red' ? 'octagon' : 'wrench'}
            ink={LOOK[health].ink}
            title={`${n + 1}. ${remedy.type} ${remedy.to}`}
            took={`after ${duration(ms(remedy.at) - ms(of.opened_at))}`}
          >
            {remedy.answered_at === null
              ? (remedy.plan?.does ?? remedy.outcome)
              : `${remedy.outcome}${remedy.says === '' ? '' : `: ${remedy.says}`}`}
          </Stage>
        );
      })}
    </>
  );
}

function End({ of }: { readonly of: IncidentRecord }) {
  if (of.status === 'healed')
    return (
      <Stage icon="tick" ink="ok" title="Proven healed" took={duration(of.healed_ms)}>
        {of.evidence_after?.says ?? 'the check holds again'}. Yellow and watched for ten minutes, then green.
      </Stage>
    );
  if (of.status === 'failed')
    return (
      <Stage icon="octagon" ink="bad" title="Not healed">
        {of.verdict ?? 'the remedies did not help'}
      </Stage>
    );
  if (of.status === 'cleared')
    return (
      <Stage icon="tick" ink="ok" title="Cleared by itself">
        {of.evidence_after?.says ?? 'it holds again without a remedy'}
      </Stage>
    );
  const since = Math.max(0, botNow.value - ms(of.opened_at));
  return (
    <Stage icon="clock" ink="unk" title="Waiting for proof" took={duration(Math.floor(since / 1_000) * 1_000)}>
      The same check, on evidence taken after the remedy.
    </Stage>
  );
}

export function Follow({ incident, asking, component = null }: FollowProps) {
  const { at: askedAt, before } = asking;
  const found = useComputed((): IncidentRecord | null => {
    if (incident !== null)
      return news.value.get(incident) ?? incidents.value?.find((one) => one.incident_id === incident) ?? null;
    return (
      [...news.value.values()]
        .filter((one) => before.get(one.incident_id) !== one && ms(one.opened_at) >= askedAt - AHEAD_MS)
        .filter((one) => component === null || one.component === component)
        .sort((a, b) => ms(a.opened_at) - ms(b.opened_at))[0] ?? null
    );
  });
  const of = found.value;
  const waited = Math.max(0, botNow.value - askedAt);
  return (
    <div class="follow" data-testid="follow" data-status={of?.status ?? 'waiting'} aria-live="polite">
      {of === null ? (
        <ol class="stages">
          <Stage
            icon="ring"
            ink="unk"
            title="Waiting for the healer to find it"
            took={duration(Math.floor(waited / 1_000) * 1_000)}
          >
            {waited > LONG_MS
              ? 'Nothing has broken that counts yet. Some checks are patient, and all of them are looked at once a minute.'
              : 'Checks are judged at every event.'}
          </Stage>
        </ol>
      ) : (
        <>
          <p class="row small">
            <b>
              {words(of.component)}: {of.evidence_before.says}
            </b>
            <span class="sp" />
            <a class="lnk" href={to('incidents', of.incident_id)}>
              The whole story
            </a>
            <a class="lnk" href={to('inspector', { at: ms(of.opened_at), incident: of.incident_id })}>
              Replay
            </a>
          </p>
          <ol class="stages">
            <Stage icon="octagon" ink="bad" title="Broken, and found" took={`in ${duration(of.detected_ms)}`}>
              {of.invariant} does not hold
            </Stage>
            <Remedies of={of} />
            <End of={of} />
          </ol>
        </>
      )}
    </div>
  );
}
