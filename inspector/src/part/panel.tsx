/** A panel of the page. One that breaks says so, and the rest of the page lives. */
import type { ComponentChildren } from 'preact';
import { useErrorBoundary, useId } from 'preact/hooks';
import { Failed } from './state.tsx';

interface PanelProps {
  readonly title: ComponentChildren;
  /** Window and unit of what it shows: `24 h`. */
  readonly note?: ComponentChildren;
  /** What can be done, or chosen, at the right of the header. */
  readonly acts?: ComponentChildren;
  readonly foot?: ComponentChildren;
  readonly class?: string;
  /** With room around what is in it. */
  readonly pad?: boolean;
  readonly testid?: string;
  readonly children?: ComponentChildren;
}

export function Panel({ title, note, acts, foot, class: classes = '', pad = false, testid, children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${classes}`} aria-labelledby={id} data-testid={testid}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        {acts !== undefined && <div class="acts">{acts}</div>}
      </header>
      <div class={pad ? 'body pad' : 'body'}>
        <Bounded what={typeof title === 'string' ? title : 'this panel'}>{children}</Bounded>
      </div>
      {foot !== undefined && foot !== null && <footer>{foot}</footer>}
    </section>
  );
}

interface BoundedProps {
  readonly what: string;
  /** It is a whole page: then what is told is the page. */
  readonly isPage?: boolean;
  readonly children?: ComponentChildren;
}

/** What breaks in it is told in its place. */
export function Bounded({ what, isPage = false, children }: BoundedProps) {
  const [error, again] = useErrorBoundary((broken) => console.error(`${what} could not be drawn`, broken));
  if (error === undefined) return <>{children}</>;
  const told = (
    <Failed
      title={`${what} could not be drawn`}
      says={`${error instanceof Error ? error.message : String(error)}. The rest of the page goes on; the bot is not touched by it.`}
      again={again}
    />
  );
  return isPage ? (
    <main class="page" id="main">
      <h1 class="vh">{what}</h1>
      {told}
    </main>
  ) : (
    told
  );
}
