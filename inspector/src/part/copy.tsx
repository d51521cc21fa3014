import { useState } from 'preact/hooks';
import { Button } from './button.tsx';

/** Copies a text; where the browser refuses, it says so. */
export function Copy({
  text,
  label = 'Copy',
  what,
}: {
  readonly text: string;
  readonly label?: string;
  readonly what?: string;
}) {
  const [says, say] = useState(label);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch (error) {
      say(`Not copied: ${(error as Error).name}`);
    }
    setTimeout(() => say(label), 2_000);
  };
  return (
    <Button size="tiny" onClick={() => void copy()}>
      <span aria-live="polite">{says}</span>
      {what !== undefined && <span class="vh"> {what}</span>}
    </Button>
  );
}

/** A command in a terminal's letters, with a button to copy it. */
export function CommandLine({ text }: { readonly text: string }) {
  return (
    <div class="cmd">
      <code>{text}</code>
      <Copy text={text} what={`the command ${text}`} />
    </div>
  );
}
