/** The token that lets this page change something. It comes in the fragment of the address, which no server ever sees. */
const KEY = 'kintsugi-token';

/** Takes the token out of the address, so that it is in no bookmark and no screenshot, and keeps it for this tab. */
function taken(): string | null {
  const [, found] = /[#&]token=([\w-]+)/.exec(location.hash) ?? [];
  if (found === undefined) return sessionStorage.getItem(KEY);
  sessionStorage.setItem(KEY, found);
  history.replaceState(null, '', location.pathname + location.search);
  return found;
}

export const token: string | null = taken();

export const withToken = (): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` });
