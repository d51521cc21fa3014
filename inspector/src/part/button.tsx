import type { ComponentChildren } from 'preact';

export interface ButtonProps {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'ghost' | 'bare';
  readonly size?: 'tiny' | 'square';
  readonly onClick?: () => void;
  readonly disabled?: boolean;
  readonly type?: 'button' | 'submit';
  /** Its name where it shows an icon only; also shown on hover. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly testid?: string;
  readonly class?: string;
  readonly children?: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { kind = 'plain', size = '', onClick, disabled = false, type = 'button', label, pressed, testid } = props;
  return (
    <button
      type={type}
      class={`btn ${kind} ${size} ${props.class ?? ''}`}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      data-testid={testid}
    >
      {props.children}
    </button>
  );
}

/** A way to another place in the page, or out of it, that looks like a button. */
export function ButtonLink({
  href,
  kind = 'plain',
  children,
}: {
  readonly href: string;
  readonly kind?: ButtonProps['kind'];
  readonly children?: ComponentChildren;
}) {
  return (
    <a class={`btn ${kind}`} href={href}>
      {children}
    </a>
  );
}
