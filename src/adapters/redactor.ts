/** Keys whose values nobody needs to read, in any spelling. */
const SECRET_KEY =
  /(^|_)(token|secret|password|passwd|passphrase|api_?key|private_?key|access_?key|authorization|cookie|credentials?)$/i;
const GONE = '[redacted]';
/** Shorter ones would take half of every text with them. */
const SHORTEST = 6;
const DEEPEST = 12;

const snake = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_');

/** Ways in which a text is written inside others. */
const spellings = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURI(secret),
  JSON.stringify(secret).slice(1, -1),
];

/** Takes secrets out of everything that is written for people: those it was told of, and what stands under a telling key. */
export class Redactor {
  #secrets: readonly string[] = [];

  /** Throws RangeError for a secret that is too short to be told from other text. */
  register(secret: string): void {
    if (secret.length < SHORTEST) throw new RangeError(`a secret has ${SHORTEST} characters or more`);
    // The longest first: one secret may be a part of another.
    this.#secrets = [...new Set([...this.#secrets, ...spellings(secret)])].sort((a, b) => b.length - a.length);
  }

  /** An address with all in it that may let somebody in: path, query, user and password. */
  registerUrl(url: string): void {
    const { href, pathname, search, username, password, searchParams } = new URL(url);
    const parts = [pathname + search, pathname, ...pathname.split('/').filter((part) => part.length >= 14)];
    const values = [username, password, ...searchParams.values()];
    const telling = parts.filter((part) => part.length >= 10 && part !== '/api/v2/alerts');
    for (const part of [url, href, ...telling, ...values]) {
      if (part.length >= SHORTEST) this.register(part);
    }
  }

  text(text: string): string {
    return this.#secrets.reduce((left, secret) => left.replaceAll(secret, GONE), text);
  }

  /** A copy without secrets that JSON can hold: no cycles, no functions, no bigints, nothing below `deepest` levels. */
  value<T>(value: T, deepest = DEEPEST): T {
    return this.#copy(value, [], deepest) as T;
  }

  #copy(value: unknown, above: readonly object[], deepest: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
    if (above.includes(value) || above.length >= deepest) return '[…]';
    const path = [...above, value];
    if (Array.isArray(value)) return value.map((one) => this.#copy(one, path, deepest));
    if (value instanceof Error) {
      const { name, message, stack } = value;
      return this.#copy({ ...value, name, message, stack }, path, deepest);
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#copy(value.toJSON(), path, deepest);
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [
        this.text(key),
        SECRET_KEY.test(snake(key)) && field !== null && field !== undefined ? GONE : this.#copy(field, path, deepest),
      ]),
    );
  }
}
