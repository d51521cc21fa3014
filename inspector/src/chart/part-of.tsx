import type { ComponentChildren } from 'preact';

/** A part of the details, with its name. */
export function Part({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
