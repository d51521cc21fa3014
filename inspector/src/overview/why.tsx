/** Why a component is what it is: from the symptom to what to do. */
import { useComputed, useSignal } from '@preact/signals';
import type { Overview, WhyChain } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { moment } from '../format.ts';
import { stale } from '../live.ts';
import { Button, ButtonLink } from '../part/button.tsx';
import { CommandLine } from '../part/copy.tsx';
import { LOOK } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Said } from '../part/said.tsx';
import { Answer, Empty, Loading } from '../part/state.tsx';
import { TabPanel, Tabs } from '../part/tabs.tsx';
import { to } from '../route.ts';
import { seen } from '../seen.ts';
import { Checks, checksOf } from './checks.tsx';
import { picked, pickedId } from './pick.ts';
import { RemedyDialog } from './remedy.tsx';

type Step = WhyChain['steps'][number];
const KIND: Readonly<Record<Step['kind'], string>> = {
  symptom: 'Symptom',
  cause: 'Cause',
  tried: 'Tried',
  effect: 'Effect',
  proof: 'Proof',
  needs_you: 'Needs you',
  green_when: 'Green again when',
};
const EVERY_MS = 5_000;

/** @param without ids of checks that are told elsewhere: lines about them are left out */
function Chain({ chain, without }: { readonly chain: WhyChain; readonly without: readonly string[] }) {
  if (chain.steps.length === 0) return <Empty title="There is nothing to tell" says="Nothing is known of it yet." />;
  return (
    <ol class="chain">
      {chain.steps.map((step, n) => (
        <li key={`${step.kind}-${step.title}`} class={`s-${step.kind} h-${LOOK[chain.health].ink}`}>
          <span class="dot" aria-hidden="true" />
          <div>
            <p class="k">
              <span>{KIND[step.kind]}</span>
              {n === 0 && chain.incident !== null && (
                <a class="lnk" href={to('incidents', chain.incident)}>
                  {chain.incident}
                </a>
              )}
            </p>
            <h3 class="h">
              <Said text={step.title} />
            </h3>
            {step.lines
              .filter((line) => !without.some((id) => line.startsWith(`${id} `)))
              .map((line) => (
                <p key={line} class="b">
                  <Said text={line} />
                </p>
              ))}
            {step.command !== null && <CommandLine text={step.command} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** The moment in the records to look at: when its incident was opened. */
const replayAddress = (repair: { readonly at: string; readonly incident: string }): string =>
  to('inspector', { at: moment(repair.at) ?? 0, incident: repair.incident });

function Foot({ known, onPlan }: { readonly known: Overview; readonly onPlan: () => void }) {
  const of = picked.value;
  if (of === null) return null;
  return (
    <>
      {known.commands.includes('plan') && checksOf(known, of.id).length > 0 && (
        <Button kind="primary" onClick={onPlan} testid="dry-run">
          Dry-run repair
        </Button>
      )}
      {of.last_repair !== null && <ButtonLink href={replayAddress(of.last_repair)}>Replay incident</ButtonLink>}
      <ButtonLink href={to('inspector', of.actor)}>Statechart</ButtonLink>
    </>
  );
}

export function Why() {
  const tab = useSignal<'why' | 'checks'>('why');
  const planning = useSignal(false);
  // What changes the answer: the component, its health, its incident.
  const about = useComputed(() => `${pickedId.value}|${picked.value?.health}|${picked.value?.last_repair?.incident}`);
  const asked = useAsked<WhyChain>(
    () => (pickedId.value !== null && about.value !== '' && !stale.value ? `api/why/${pickedId.value}` : null),
    EVERY_MS,
  );
  const known = seen.value;
  const of = picked.value;
  if (known === null || of === null)
    return (
      <Panel title="Why?" class="why">
        <Loading what="why" />
      </Panel>
    );
  const { value } = asked.value;
  const mine = value?.component === of.id ? asked.value : { ...asked.value, value: null };
  const checks = checksOf(known, of.id).length;
  return (
    <Panel
      title={`Why is ${of.name} ${LOOK[of.health].word.toLowerCase()}?`}
      class="why"
      testid="why"
      acts={
        <Tabs
          label="Why, and what must hold"
          id="why"
          of={[
            { id: 'why', name: 'Why' },
            { id: 'checks', name: `Checks ${checks}` },
          ]}
          value={tab.value}
          onPick={(id) => {
            tab.value = id;
          }}
        />
      }
      foot={
        <Foot
          known={known}
          onPlan={() => {
            planning.value = true;
          }}
        />
      }
    >
      <TabPanel id="why" value={tab.value}>
        {tab.value === 'checks' ? (
          <Checks known={known} component={of.id} />
        ) : stale.value ? (
          <Empty icon="unlink" title="The bot cannot be asked" says="It is asked again as soon as it is heard." />
        ) : (
          <Answer asked={mine} what="why" lines={8}>
            {(chain) => (
              <>
                <Chain
                  chain={chain}
                  without={of.health === 'green' ? checksOf(known, of.id).map(({ id }) => id) : []}
                />
                {of.health === 'green' && checks > 0 && (
                  <>
                    <h3 class="k holds">What holds, with the last evidence</h3>
                    <Checks known={known} component={of.id} />
                  </>
                )}
              </>
            )}
          </Answer>
        )}
      </TabPanel>
      {planning.value && (
        <RemedyDialog
          component={of}
          checks={checksOf(known, of.id)}
          onClose={() => {
            planning.value = false;
          }}
        />
      )}
    </Panel>
  );
}
