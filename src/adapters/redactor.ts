import { isOfNames } from '../ports/names.ts';
import { percentDecoded } from './percent-decoded.ts';

/** Keys whose values nobody needs to read, in any spelling, of one or of several. Passwords are also written together with whose they are: `PGPASSWORD`. */
const SECRET_KEY =
  /((^|_)(token|secret|(api|secret|private|access)_?key|authorization|cookie|credential)|password|passwd|passphrase)s?$/i;
const GONE = '[redacted]';
/** Shorter ones would take half of every text with them. */
const SHORTEST = 6;
const DEEPEST = 12;
const MOST_KEYS = 5000;

/** A key as it may be shown, and whether what stands under it may not. */
interface Key {
  readonly name: string;
  readonly telling: boolean;
}

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
  readonly #keys = new Map<string, Key>();

  /** Throws RangeError for a secret that is too short to be told from other text. */
  register(secret: string): void {
    if (secret.length < SHORTEST) throw new RangeError(`a secret has ${SHORTEST} characters or more`);
    // The longest first: one secret may be a part of another.
    this.#secrets = [...new Set([...this.#secrets, ...spellings(secret)])].sort((a, b) => b.length - a.length);
    this.#keys.clear();
  }

  /** An address with all in it that may let somebody in: path, query, user and password. */
  registerUrl(url: string): void {
    const { href, pathname, search, username, password, searchParams } = new URL(url);
    const parts = [pathname + search, pathname, ...pathname.split('/').filter((part) => part.length >= 14)];
    const values = [username, password, ...[username, password].map(percentDecoded), ...searchParams.values()];
    const telling = parts.filter((part) => part.length >= 10 && part !== '/api/v2/alerts');
    for (const part of [url, href, ...telling, ...values]) {
      if (part.length >= SHORTEST) this.register(part);
    }
  }

  text(text: string): string {
    let left = text;
    for (const secret of this.#secrets) if (left.includes(secret)) left = left.replaceAll(secret, GONE);
    return left;
  }

  /** A copy without secrets that JSON can hold: no cycles, no functions, no bigints, nothing below `deepest` levels. */
  value<T>(value: T, deepest = DEEPEST): T {
    return this.#copy(value, [], deepest) as T;
  }

  /** `above`: what the value lies in, from the outside in. */
  #copy(value: unknown, above: object[], deepest: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
    if (above.includes(value) || above.length >= deepest) return '[…]';
    above.push(value);
    const copy = this.#inside(value, above, deepest);
    above.pop();
    return copy;
  }

  #inside(value: object, above: object[], deepest: number): unknown {
    if (isOfNames(value)) return this.#names(value);
    if (Array.isArray(value)) return value.map((one) => this.#copy(one, above, deepest));
    if (value instanceof Error) {
      const { name, message, stack } = value;
      return this.#copy({ ...value, name, message, stack }, above, deepest);
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#copy(value.toJSON(), above, deepest);
    const copy: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) {
      const { name, telling } = this.#key(key);
      const shown = telling && field !== null && field !== undefined ? GONE : this.#copy(field, above, deepest);
      // To assign it would change what the copy is.
      if (name === '__proto__') Object.defineProperty(copy, name, { value: shown, enumerable: true });
      else copy[name] = shown;
    }
    return copy;
  }

  /** Of a state value: what it is called is no key to a secret. */
  #names(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return this.text(String(value));
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [this.text(key), this.#names(below)]));
  }

  /** Records of one kind have the same keys, by the ten thousand. */
  #key(key: string): Key {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const made = { name: this.text(key), telling: SECRET_KEY.test(snake(key)) };
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    this.#keys.set(key, made);
    return made;
  }
}
