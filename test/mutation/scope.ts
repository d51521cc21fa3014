/** What is mutated, and by which tests each part of it has to be caught. Paths are relative to the project. */
export interface Part {
  readonly name: string;
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
  /** Names of tests that are left out: what starts a process costs too much, and shows nothing of a change in this one. */
  readonly except?: readonly string[];
}

/** In the order of what it would cost if it were wrong. */
export const PARTS: readonly Part[] = [
  {
    name: 'loop',
    mutate: [
      'src/healing/{healer,loop,violations,incidents,causes,remedies,evidence,asked,budget,settled,samples,plan}.ts',
      'src/healing/{incident,invariant,round,wish,watch}.ts',
    ],
    // Without `asked`, which has whole bots on real disks.
    tests: ['test/healing/{loop,rounds,wishes,healer,samples,plan,truth,supervise,ledger-check}.test.ts'],
  },
  {
    name: 'supervision',
    mutate: [
      'src/healing/{supervisor,strategy,child,mailbox,exit,backoff,supervision,supervisable,supervise}.ts',
      'src/healing/{parts,cut-off,keepsake,inspecting,vital}.ts',
    ],
    tests: [
      'test/healing/{supervisor,supervise,truth,vitals,mailbox}.test.ts',
      'test/conformance/*.test.ts',
      'test/model/supervisor.test.ts',
    ],
  },
  {
    name: 'ledger',
    mutate: ['src/healing/{ledger,ledger-check,chain,chain-check,chained-log,incident-story}.ts'],
    tests: ['test/healing/{chain,chained-log,ledger-check}.test.ts', 'test/inspector/why.test.ts'],
  },
  {
    name: 'word',
    mutate: ['src/healing/{alert-book,board,health,kill-switch,repair-times,resume,status,words,index}.ts'],
    tests: [
      'test/healing/{health,truth,alert-book,kill-switch}.test.ts',
      'test/actors/healing-alerts.test.ts',
      'test/inspector/repairs.test.ts',
    ],
  },
  {
    name: 'logs',
    mutate: ['src/adapters/log-*.ts'],
    // Without `bit-rot`, which takes a minute.
    tests: ['test/adapters/{jsonl-log,log-*,segmented-log,line-memory}.test.ts'],
    except: ['a log in segments > is followed by tail -F over every rotation'],
  },
  {
    name: 'recovery',
    mutate: [
      'src/actors/{bus-history,retention,signal-registry,positions-keeper,position-history,level,owned-log,recorder}.ts',
    ],
    tests: [
      'test/actors/{bus-history,signal-registry,funding,position-book,safety-layer,signal-bus,decision-tracker,shadow-rules}.test.ts',
    ],
  },
  {
    name: 'invariants',
    mutate: ['src/healing/invariants/*.ts'],
    tests: ['test/healing/vitals.test.ts', 'test/actors/{known-failures,pipeline-monitor,heartbeat}.test.ts'],
  },
  {
    name: 'guardian',
    // Without `guard`, which is at work in a process of its own: test/faults/guardian.test.ts ends it in every way there is.
    mutate: ['src/healing/guardian.ts', 'src/cli/guardian/!(guard).ts'],
    tests: ['test/cli/guardian/*.test.ts', 'test/model/guardian.test.ts'],
  },
];

/** Throws where there is no such part. */
export function partNamed(name: string): Part {
  const part = PARTS.find((one) => one.name === name);
  if (!part)
    throw new Error(`${name || '(nothing)'} is no part. There are: ${PARTS.map((one) => one.name).join(', ')}`);
  return part;
}
