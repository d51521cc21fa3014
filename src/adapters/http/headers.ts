/** What a page of ours may do, directive by directive. */
const POLICY: readonly (readonly [directive: string, allowed: string])[] = [
  // Whatever is not named below is not needed: no frames, objects, media, workers, manifests.
  ['default-src', "'none'"],
  // Our bundle. No inline script and no eval, so that text which slips into the page cannot run.
  ['script-src', "'self'"],
  // Our style sheet. uPlot and the page set `element.style.…`: that is the CSSOM, which a policy does not forbid. `style="…"` is.
  ['style-src', "'self'"],
  ['font-src', "'self'"],
  // `data:` for small pictures in the style sheet and the icon of the tab.
  ['img-src', "'self' data:"],
  // API and stream. A page that was taken over could send what it sees to nobody.
  ['connect-src', "'self'"],
  // No <base>: it would move every relative address, that of the bundle too.
  ['base-uri', "'none'"],
  // No form is sent anywhere: all goes by fetch. It is not covered by default-src.
  ['form-action', "'none'"],
  // Nobody frames us: a click meant for another page must not press a button here. Not covered by default-src either.
  ['frame-ancestors', "'none'"],
];

/** The policy, with directives changed or added for one page. */
export const contentPolicy = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ ...Object.fromEntries(POLICY), ...changes })
    .map(([directive, allowed]) => `${directive} ${allowed}`)
    .join('; ');

/** On every answer, refusals too. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentPolicy(),
  // What we call JSON is never run as a script.
  'X-Content-Type-Options': 'nosniff',
  // For browsers that do not know frame-ancestors.
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  // No other origin may embed an answer, even blindly (Spectre).
  'Cross-Origin-Resource-Policy': 'same-origin',
  // A page that opened ours holds no handle on its window.
  'Cross-Origin-Opener-Policy': 'same-origin',
  // What a bot does is not kept on disks by the way. Assets whose name holds their hash say otherwise.
  'Cache-Control': 'no-store',
};
