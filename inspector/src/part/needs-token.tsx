/** Whoever only looks cannot change anything; this says how to be allowed to. */
import type { ComponentChildren } from 'preact';
import { overview } from '../live.ts';
import { token } from '../token.ts';
import { CommandLine } from './copy.tsx';

/** This page may send commands. */
export const mayCommand = (): boolean => token !== null;

/** What is in it where the page may send commands; else how to get there. */
export function NeedsToken({ what, children }: { readonly what: string; readonly children?: ComponentChildren }) {
  if (mayCommand()) return <>{children}</>;
  const isApp = overview.value?.kind === 'app';
  return (
    <div class="needs-token" data-testid="needs-token">
      {isApp ? (
        <p>
          <b>This page was opened to look.</b> To {what} it needs the token of the app’s inspector: open the address
          that it told when it was started, the one that ends in <code>#token=…</code>.
        </p>
      ) : (
        <>
          <p>
            <b>This page was opened to look.</b> To {what} it needs the token of the bot: open the address that kintsugi
            printed when it started, the one that ends in <code>#token=…</code>. The token is also in the bot’s
            directory, readable by its owner only:
          </p>
          <CommandLine text="cat run/inspector_token" />
        </>
      )}
      <p class="dim">
        Then open <code>{`${location.origin}/#token=`}</code> followed by it. It stays in this tab, and in no bookmark.
      </p>
    </div>
  );
}
