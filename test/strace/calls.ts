/** What strace tells of a run, call by call. */

/** One call that has ended, or that its process died in. */
export interface Call {
  readonly pid: number;
  readonly name: string;
  /** As strace prints them. */
  readonly args: string;
  /** Absolute; in order of the arguments, those that descriptors stand for too. */
  readonly paths: readonly string[];
  /** `null`: the process died in it. */
  readonly result: number | null;
  /** e.g. ENOSPC, where it failed. */
  readonly code: string | null;
  readonly injected: boolean;
}

const BEGINS = /^(\d+) +([a-z0-9_]+)\((.*)$/;
const RESUMES = /^(\d+) +<\.\.\. [a-z0-9_]+ resumed>(.*)$/;
const UNFINISHED = / *<unfinished \.\.\.>$/;
const ENDS = /^(.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)$/s;
const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, t: 0x09, r: 0x0d, f: 0x0c, v: 0x0b };

/** The bytes of a string as strace prints it, without the quotes. */
export function unescaped(printed: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < printed.length; at++) {
    if (printed[at] !== '\\') {
      bytes.push(...Buffer.from(printed[at] ?? ''));
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(printed.slice(at + 1, at + 4))?.[0];
    const next = printed[at + 1] ?? '';
    bytes.push(octal === undefined ? (ESCAPES[next] ?? next.charCodeAt(0)) : Number.parseInt(octal, 8));
    at += octal?.length ?? 1;
  }
  return Buffer.from(bytes);
}

/** What a write wrote, or would have written. */
export function payload({ args }: Call): Buffer {
  const from = args.indexOf(', "');
  return from < 0 ? Buffer.alloc(0) : unescaped(args.slice(from + 3, args.lastIndexOf('"')));
}

/** A payload may hold anything, so only what stands before it is asked for paths. */
const pathsIn = (name: string, args: string): readonly string[] => {
  const head = /write/.test(name) ? args.slice(0, args.indexOf(', "')) : args;
  return [...head.matchAll(/<(\/[^>]*)>|"(\/(?:[^"\\]|\\.)*)"/g)].map(([, fd, text]) => fd ?? text ?? '');
};

/** All calls in the order in which they ended. */
export function callsIn(log: string): readonly Call[] {
  const begun = new Map<string, { readonly name: string; readonly text: string }>();
  const calls: Call[] = [];
  const end = (pid: string, name: string, text: string): void => {
    const [, args = '', result = '?', rest = ''] = ENDS.exec(text) ?? [];
    calls.push({
      ...{ pid: Number(pid), name, args, paths: pathsIn(name, args) },
      result: result === '?' ? null : Number(result),
      code: /^ ([A-Z]+) /.exec(rest)?.[1] ?? null,
      injected: rest.includes('(INJECTED)') || rest.includes('(DELAYED)'),
    });
  };
  for (const line of log.split('\n')) {
    const [, resumed = '', rest = ''] = RESUMES.exec(line) ?? [];
    const before = begun.get(resumed);
    if (before) {
      begun.delete(resumed);
      end(resumed, before.name, before.text + rest);
      continue;
    }
    const [, pid = '', name = '', text = ''] = BEGINS.exec(line) ?? [];
    if (pid === '') continue;
    if (UNFINISHED.test(text)) begun.set(pid, { name, text: text.replace(UNFINISHED, '') });
    else end(pid, name, text);
  }
  return calls;
}
