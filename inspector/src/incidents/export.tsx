/** The story of an incident to take along: as data, or as text. */
import type { IncidentStory } from '../../../src/inspector/contract.ts';
import { Button } from '../part/button.tsx';
import { Copy } from '../part/copy.tsx';
import { Icon } from '../part/icons.tsx';

/** The text a person pastes into a ticket. */
export function storyAsText({ incident, story }: IncidentStory): string {
  const head = `${incident.incident_id}: ${incident.component} ${incident.invariant} (${incident.status})`;
  const chapters = story.map(({ title, says }) => `${title}\n${says.map((line) => `  ${line}`).join('\n')}`);
  return [head, '='.repeat(head.length), ...chapters].join('\n\n');
}

function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function Export({ story }: { readonly story: IncidentStory }) {
  const id = story.incident.incident_id;
  return (
    <>
      <Button onClick={() => download(`${id}.json`, JSON.stringify(story, null, 2), 'application/json')}>
        <Icon name="download" /> JSON
      </Button>
      <Button onClick={() => download(`${id}.txt`, storyAsText(story), 'text/plain')}>
        <Icon name="download" /> Text
      </Button>
      <Copy text={storyAsText(story)} label="Copy as text" what={`the story of ${id}`} />
    </>
  );
}
