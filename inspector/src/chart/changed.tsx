import type { Change } from './differences.ts';

const MOST = 200;
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
};

/** What changed, one below the other: for a narrow place. */
export function Changed({ changes, label }: { readonly changes: readonly Change[]; readonly label: string }) {
  return (
    <dl class="changed-list" aria-label={label}>
      {changes.map(({ key, was, is }) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>
            <del>
              <span class="vh">was </span>
              {shown(was)}
            </del>
            <ins>
              <span class="vh">is </span>
              {shown(is)}
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
