import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly foot?: ComponentChildren;
  readonly wide?: boolean;
  readonly testid?: string;
  readonly class?: string;
  readonly children?: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus, Escape closes it, and the focus goes back to where it was. Drawn while it is open. */
export function Dialog({ title, onClose, foot, wide = false, testid, class: classes = '', children }: DialogProps) {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes; the key for that is Escape, by the browser
    <dialog
      ref={box}
      class={`box ${wide ? 'wide' : ''} ${classes}`}
      aria-labelledby={id}
      data-testid={testid}
      onCancel={(event) => {
        if (event.target !== box.current) return;
        // What the browser closes, it tells of with its next frame only, which may be long in coming: until then this would be a dialog that nobody sees.
        event.preventDefault();
        onClose();
      }}
      onClose={onClose}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button kind="bare" size="square" label="Close" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </header>
      <div class="body">{children}</div>
      {foot !== undefined && <footer>{foot}</footer>}
    </dialog>
  );
}
