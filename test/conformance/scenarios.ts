/** Histories of supervised children, as data. OTP's `supervisor` and ours live through the same ones. */

/** Why a child ends by itself, as Erlang's `exit(Reason)`; `shutdown_because` is `{shutdown, because}`. */
export type Reason = 'normal' | 'shutdown' | 'shutdown_because' | 'boom';

export interface Worker {
  readonly id: string;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  /** ms */
  readonly shutdown: number | 'brutal_kill' | 'infinity';
  /** What it does when it is told to stop: ends, ends after so many ms, or nothing. */
  readonly stops: 'at_once' | 'never' | number;
  /** Which of its starts fail, from 1. */
  readonly startsFailing: readonly number[];
}

export interface Tree {
  readonly id: string;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  /** Restart intensity: `most` in `withinS` seconds. */
  readonly most: number;
  readonly withinS: number;
  readonly children: readonly (Worker | Tree)[];
}

export type Step =
  | readonly ['exit', id: string, reason: Reason]
  | readonly ['kill', id: string]
  /** `terminate_child` and `restart_child`. */
  | readonly ['terminate' | 'start', supervisor: string, id: string]
  | readonly ['wait', ms: number]
  /** The top supervisor is told to stop. */
  | readonly ['stop'];

export interface Scenario {
  readonly name: string;
  readonly top: Tree;
  readonly steps: readonly Step[];
}

/** What came of it. `trace`: `start X`, `fail X` (its start failed), `stop X REASON`, in order. */
export interface Outcome {
  readonly trace: readonly string[];
  readonly alive: readonly string[];
  readonly lives: boolean;
}

const worker = (id: string, more: Partial<Worker> = {}): Worker => ({
  id,
  restart: 'permanent',
  shutdown: 1_000,
  stops: 'at_once',
  startsFailing: [],
  ...more,
});
const transient = (id: string) => worker(id, { restart: 'transient' });
const temporary = (id: string) => worker(id, { restart: 'temporary' });
const [a, b, c] = [worker('a'), worker('b'), worker('c')];

const tree = (strategy: Tree['strategy'], children: readonly (Worker | Tree)[], more: Partial<Tree> = {}): Tree => ({
  id: 'top',
  restart: 'permanent',
  strategy,
  most: 3,
  withinS: 5,
  children,
  ...more,
});
const inner = (more: Partial<Tree> = {}, children: readonly (Worker | Tree)[] = [worker('x'), worker('y')]): Tree =>
  tree('one_for_one', children, { id: 'inner', most: 1, ...more });

const crash = (id: string): Step => ['exit', id, 'boom'];
const of = (name: string, top: Tree, ...steps: readonly Step[]): Scenario => ({ name, top, steps });

export const scenarios: readonly Scenario[] = [
  of('starts in order and stops in reverse', tree('one_for_one', [a, b, c]), ['stop']),

  of('one_for_one restarts the one that crashed', tree('one_for_one', [a, b, c]), crash('b')),
  of('one_for_all stops the others in reverse and starts all in order', tree('one_for_all', [a, b, c]), crash('b')),
  of('one_for_all after the crash of the first', tree('one_for_all', [a, b, c]), crash('a')),
  of('rest_for_one takes along those that started after it', tree('rest_for_one', [a, b, c]), crash('b')),
  of('rest_for_one after the crash of the first takes all', tree('rest_for_one', [a, b, c]), crash('a')),
  of('rest_for_one after the crash of the last takes nobody', tree('rest_for_one', [a, b, c]), crash('c')),

  of('a permanent child comes back after normal', tree('one_for_one', [a, b]), ['exit', 'a', 'normal']),
  of('a permanent child comes back after shutdown', tree('one_for_one', [a, b]), ['exit', 'a', 'shutdown']),
  of('a transient child stays down after normal', tree('one_for_one', [transient('a'), b]), ['exit', 'a', 'normal']),
  of('a transient child stays down after shutdown', tree('one_for_one', [transient('a'), b]), [
    'exit',
    'a',
    'shutdown',
  ]),
  of('a transient child stays down after {shutdown, Term}', tree('one_for_one', [transient('a'), b]), [
    'exit',
    'a',
    'shutdown_because',
  ]),
  of('a transient child comes back after a crash', tree('one_for_one', [transient('a'), b]), crash('a')),
  of('a transient child comes back after a kill', tree('one_for_one', [transient('a'), b]), ['kill', 'a']),
  of('a temporary child stays down after a crash', tree('one_for_one', [temporary('a'), b]), crash('a')),
  of('a temporary child stays down after a kill', tree('one_for_one', [temporary('a'), b]), ['kill', 'a']),
  of('a permanent child comes back after a kill', tree('one_for_all', [a, b]), ['kill', 'b']),

  of('one_for_all stops a temporary sibling for good', tree('one_for_all', [a, temporary('b'), c]), crash('a')),
  of('rest_for_one stops a temporary sibling for good', tree('rest_for_one', [a, temporary('b'), c]), crash('a')),
  of('a temporary child that crashes takes nobody along', tree('one_for_all', [a, temporary('b'), c]), crash('b')),
  of('a transient child that ends normally takes nobody along', tree('one_for_all', [a, transient('b'), c]), [
    'exit',
    'b',
    'normal',
  ]),
  of(
    'one_for_all brings back a transient child that had ended normally',
    tree('one_for_all', [transient('a'), b]),
    ['exit', 'a', 'normal'],
    crash('b'),
  ),
  of(
    'one_for_all brings back a child that was terminated',
    tree('one_for_all', [a, b, c]),
    ['terminate', 'top', 'a'],
    crash('c'),
  ),
  of(
    'rest_for_one brings back only what was terminated after the one that crashed',
    tree('rest_for_one', [a, b, c]),
    ['terminate', 'top', 'a'],
    ['terminate', 'top', 'c'],
    crash('b'),
  ),

  of('as many restarts as the intensity allows', tree('one_for_one', [a, b], { most: 2 }), crash('a'), crash('a')),
  of(
    'one more than the intensity allows ends the supervisor, in reverse',
    tree('one_for_one', [a, b, c], { most: 2 }),
    crash('b'),
    crash('b'),
    crash('b'),
  ),
  of('an intensity of none ends it at the first crash', tree('one_for_one', [a, b, c], { most: 0 }), crash('a')),
  of(
    'the intensity is counted over all children',
    tree('one_for_one', [a, b, c], { most: 2 }),
    crash('a'),
    crash('b'),
    crash('c'),
  ),
  of('a restart of all counts once', tree('one_for_all', [a, b, c], { most: 2 }), crash('a'), crash('c')),
  of(
    'restarts are forgotten after the period',
    tree('one_for_one', [a, b], { most: 1, withinS: 1 }),
    crash('a'),
    ['wait', 2_500],
    crash('a'),
    ['wait', 2_500],
    crash('b'),
  ),
  of(
    'ends that are not restarted do not count',
    tree('one_for_one', [transient('a'), temporary('b'), c], { most: 0 }),
    ['exit', 'a', 'normal'],
    crash('b'),
  ),
  of(
    'terminations and starts by hand do not count',
    tree('one_for_one', [a, b], { most: 0 }),
    ['terminate', 'top', 'a'],
    ['start', 'top', 'a'],
    ['terminate', 'top', 'b'],
    ['start', 'top', 'b'],
  ),
  of('a child that runs is not started again', tree('one_for_one', [a, b]), ['start', 'top', 'a']),
  of(
    'a terminated child stays down, also when another crashes',
    tree('one_for_one', [a, b]),
    ['terminate', 'top', 'a'],
    crash('b'),
  ),
  of(
    'a temporary child that ended cannot be started again',
    tree('one_for_one', [temporary('a'), b]),
    ['terminate', 'top', 'a'],
    ['start', 'top', 'a'],
  ),
  of(
    'a transient child that ended normally can be started again',
    tree('one_for_one', [transient('a'), b]),
    ['exit', 'a', 'normal'],
    ['start', 'top', 'a'],
  ),

  of('brutal_kill does not ask', tree('one_for_one', [a, worker('b', { shutdown: 'brutal_kill', stops: 500 }), c]), [
    'stop',
  ]),
  of(
    'a child that does not stop is killed after its time',
    tree('one_for_one', [a, worker('b', { shutdown: 200, stops: 'never' }), c]),
    ['stop'],
    ['wait', 600],
  ),
  of(
    'a child that stops in time is waited for',
    tree('one_for_one', [a, worker('b', { shutdown: 5_000, stops: 300 }), c]),
    ['stop'],
    ['wait', 600],
  ),
  of(
    'infinity waits for as long as it takes',
    tree('one_for_one', [a, worker('b', { shutdown: 'infinity', stops: 700 })]),
    ['stop'],
    ['wait', 1_000],
  ),
  of(
    'one_for_all kills a sibling that does not stop, then starts all',
    tree('one_for_all', [a, worker('b', { shutdown: 200, stops: 'never' }), c]),
    crash('a'),
    ['wait', 600],
  ),

  of(
    'a child that fails in the first start ends the supervisor',
    tree('one_for_one', [a, b, worker('c', { startsFailing: [1] })]),
  ),
  of(
    'a start that fails in a restart is tried again, and counts',
    tree('one_for_one', [worker('a', { startsFailing: [2] }), b], { most: 2 }),
    crash('a'),
  ),
  of(
    'starts that go on failing spend the intensity',
    tree('one_for_one', [worker('a', { startsFailing: [2, 3, 4, 5] }), b], { most: 2 }),
    crash('a'),
  ),
  of(
    'rest_for_one goes on from the one whose start failed',
    tree('rest_for_one', [a, worker('b', { startsFailing: [2] }), c]),
    crash('a'),
  ),
  of(
    'one_for_all begins again when a start failed',
    tree('one_for_all', [a, worker('b', { startsFailing: [2] }), c]),
    crash('a'),
  ),

  of('what a supervisor below mends is not seen above', tree('one_for_all', [a, inner(), c]), crash('x')),
  of(
    'a supervisor whose intensity is spent is restarted by the one above',
    tree('one_for_one', [a, inner(), c]),
    crash('x'),
    crash('y'),
  ),
  of(
    'rest_for_one above takes along what came after the supervisor below',
    tree('rest_for_one', [a, inner(), c]),
    crash('x'),
    crash('x'),
  ),
  of(
    'spent intensities climb to the top',
    tree('one_for_one', [a, inner({ most: 0 })], { most: 1 }),
    crash('x'),
    crash('x'),
  ),
  of(
    'a transient supervisor that gave up stays down: it ended with shutdown',
    tree('one_for_one', [a, inner({ most: 0, restart: 'transient' })]),
    crash('x'),
  ),
  of('a tree stops in reverse, from the leaves', tree('one_for_one', [a, inner(), c]), ['stop']),
  of('a crash above restarts a whole supervisor', tree('one_for_all', [a, inner()]), crash('a')),
  of(
    'a supervisor that is killed takes its child along, and is restarted',
    tree('one_for_one', [a, inner({}, [worker('x')])]),
    ['kill', 'inner'],
  ),
  of(
    'a child whose first start fails ends the supervisor below, and so the one above',
    tree('one_for_one', [a, inner({}, [worker('x'), worker('y', { startsFailing: [1] })])]),
  ),
];
