import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};
/** The best first. */
const PACKED = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
/** Vite: `assets/main-DiwrgTda.js`. What has its hash in its name never changes. */
const HASHED = /^\/assets\/.*[-.][\w-]{8,}\.\w+$/;
const LOOK_AGAIN_MS = 1000;

export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** `''`, `assets/` …: every plain file below. Links are not followed, and what begins with a dot is not ours to show. */
function filesBelow(folder: string, below = ''): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return [];
    if (entry.isDirectory()) return filesBelow(folder, `${below}${entry.name}/`);
    return entry.isFile() ? [`${below}${entry.name}`] : [];
  });
}

/** Which encodings a client takes; `q=0` is a refusal. */
function takes(accepted: string, encoding: string): boolean {
  return accepted.split(',').some((part) => {
    const [name = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
    return name === encoding && !params.some((param) => /^q=0(\.0*)?$/.test(param));
  });
}

/**
 * The built page. A path is looked up among the files that were found in the folder, never joined to it: so there is no path
 * that leads out.
 */
export class Page {
  readonly #folder: string;
  readonly #now: () => number;
  #files: ReadonlySet<string> = new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string, now: () => number = () => performance.now()) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Its file at a path; `null` where there is none. Rejects with the system's error for one that may not be read. */
  async file(path: string, accepted: string): Promise<PageFile | null> {
    const at = path === '/' ? '/index.html' : path;
    if (!this.#has(at)) return null;
    const [encoding, suffix] = PACKED.find(([name, end]) => takes(accepted, name) && this.#files.has(at + end)) ?? [];
    const bytes = await this.#read(at + (suffix ?? ''));
    if (bytes === null) return null;
    return {
      bytes,
      headers: {
        'Content-Type': TYPES[extname(at)] ?? 'application/octet-stream',
        'Cache-Control': HASHED.test(at) ? 'public, max-age=31536000, immutable' : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      },
    };
  }

  async #read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return new Uint8Array(await readFile(join(this.#folder, path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Built anew since it was found.
      this.#files = new Set();
      return null;
    }
  }

  /** It may be built while the bot runs: what is missed is looked for again, at most once a second. */
  #has(path: string): boolean {
    if (!this.#files.has(path) && this.#now() - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#lookedAt = this.#now();
      this.#files = new Set(this.#found().map((file) => `/${file}`));
    }
    return this.#files.has(path);
  }

  #found(): readonly string[] {
    try {
      return filesBelow(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

export const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Kintsugi: the page is not built</title>
<h1>The page is not built</h1>
<p>The inspector runs, its page is not there. In the project's folder, run</p>
<pre>npm run page</pre>
<p>and load this again. What the page would show is at <a href="/api/overview">/api/overview</a> meanwhile.</p>
</html>
`;
