import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import '../style/log.css';
import type { LogLine } from '../../../src/inspector/contract.ts';
import { ask } from '../ask.ts';
import { clockExact, dateTime, day, plural, unadorned } from '../format.ts';
import { link, overview } from '../live.ts';
import { isAtLeast, joined, LEVELS, logAddress, PAGE, pieces } from '../log/lines.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty, Failed, Loading } from '../part/state.tsx';
import { Segmented } from '../part/tabs.tsx';
import { go, route, to } from '../route.ts';

const EVERY_MS = 3_000;
const TYPING_MS = 250;
const HEALING = '[HEALING]';
/** Not every machine has letters for it. */
const WRENCH = '🔧';
const WORD: Readonly<Record<LogLine['level'], string>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

/** What is known of the log; kept while it is asked again. */
function useLog(search: string) {
  const lines = useSignal<readonly LogLine[] | null>(null);
  const error = useSignal<string | null>(null);
  const ended = useSignal(false);
  const busy = useSignal(false);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    lines.value = null;
    ended.value = false;
    const newest = async (): Promise<void> => {
      try {
        const read = await ask<readonly LogLine[]>(logAddress(search, null), gone.signal);
        if (gone.signal.aborted) return;
        if (lines.peek() === null) ended.value = read.length < PAGE;
        lines.value = joined(read, lines.peek() ?? []);
        error.value = null;
      } catch (broken) {
        if (!gone.signal.aborted) error.value = (broken as Error).message;
      }
      // Records don't grow.
      if (!gone.signal.aborted && overview.peek()?.kind !== 'records')
        timer = setTimeout(() => void newest(), EVERY_MS);
    };
    void newest();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [search, lines, error, ended]);
  const older = async (): Promise<void> => {
    const last = lines.peek()?.at(-1);
    if (last === undefined || busy.peek()) return;
    busy.value = true;
    try {
      // One millisecond over: others of the last line's own may be missing.
      const read = await ask<readonly LogLine[]>(logAddress(search, last.at + 1));
      const next = joined(lines.peek() ?? [], read);
      ended.value = next.length === lines.peek()?.length;
      lines.value = next;
    } catch (broken) {
      error.value = (broken as Error).message;
    }
    busy.value = false;
  };
  return { lines, error, ended, busy, older };
}

function Message({ text, search }: { readonly text: string; readonly search: string }) {
  const at = text.indexOf(HEALING);
  const [before, after] = at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + HEALING.length)];
  return (
    <>
      {before.startsWith(WRENCH) ? (
        <>
          <Icon name="wrench" class="wrench" /> {before.slice(WRENCH.length).trimStart()}
        </>
      ) : (
        before
      )}
      {at >= 0 && <b class="tag">{HEALING}</b>}
      {pieces(after, search).map(({ text: piece, lit }, n) => (lit ? <mark key={n}>{piece}</mark> : piece))}
    </>
  );
}

function Lines({ of, search }: { readonly of: readonly LogLine[]; readonly search: string }) {
  return (
    <table class="loglines mono">
      <caption class="vh">Lines of the log, the newest first</caption>
      <thead class="vh">
        <tr>
          <th scope="col">Time, UTC</th>
          <th scope="col">Level</th>
          <th scope="col">Message</th>
        </tr>
      </thead>
      <tbody>
        {of.map((line, n) => (
          <tr
            key={`${line.at}-${of.length - n}`}
            class={`l-${line.level} ${line.message.includes(HEALING) ? 'healing' : ''}`}
          >
            <td class="at">
              <time dateTime={new Date(line.at).toISOString()} title={dateTime(line.at)}>
                {day(line.at) !== day(of[0]?.at ?? line.at) && `${day(line.at)} `}
                {clockExact(line.at)}
              </time>
            </td>
            <td class="level">{WORD[line.level]}</td>
            <td class="message">
              <Message text={unadorned(line.message)} search={search} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function LogPage() {
  const typed = useSignal(route.peek().query.get('search') ?? '');
  const search = useSignal(typed.peek());
  const level = useSignal<LogLine['level']>('debug');
  useSignalEffect(() => {
    const wanted = typed.value.trim();
    const timer = setTimeout(() => {
      search.value = wanted;
      go(wanted === '' ? to('log') : to('log', { search: wanted }), true);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  });
  const { lines, error, ended, busy, older } = useLog(search.value);
  const shown = lines.value?.filter((line) => isAtLeast(line, level.value)) ?? [];
  return (
    <main class="page logpage" id="main">
      <div class="head">
        <h1>Log</h1>
        <p class="soft">What the bot writes, the newest first. Secrets are taken out before it comes here.</p>
      </div>
      <Panel
        title="Lines"
        testid="log"
        note={
          lines.value === null
            ? ''
            : `${plural(shown.length, 'line')}${link.value === 'live' && overview.value?.kind !== 'records' ? ', following' : ''}`
        }
        acts={
          <search class="row filter">
            <input
              class="field tiny"
              type="search"
              aria-label="Search in the log"
              placeholder="Search in the log …"
              value={typed.value}
              onInput={(event) => {
                typed.value = event.currentTarget.value;
              }}
            />
            <Button
              size="tiny"
              kind={typed.value === HEALING ? 'primary' : 'plain'}
              pressed={typed.value === HEALING}
              onClick={() => {
                typed.value = typed.value === HEALING ? '' : HEALING;
              }}
            >
              Healing only
            </Button>
            <Segmented
              label="Least level"
              of={LEVELS.map((id) => ({
                id,
                name: id === 'debug' ? 'All' : id === 'error' ? 'Errors' : id === 'warn' ? 'Warnings' : 'Info',
              }))}
              value={level.value}
              onPick={(id) => {
                level.value = id;
              }}
            />
          </search>
        }
      >
        {error.value !== null && lines.value === null ? (
          <Failed title="Could not read the log" says={`${error.value}. It is asked again every three seconds.`} />
        ) : lines.value === null ? (
          <Loading what="the log" lines={14} />
        ) : shown.length === 0 ? (
          <Empty
            icon={search.value === '' ? 'empty' : 'search'}
            title={search.value === '' ? 'The log is empty' : `No line has “${search.value}” in it`}
            says={
              search.value === ''
                ? 'The bot has written nothing yet.'
                : 'All of the log was searched, not only what is shown.'
            }
          />
        ) : (
          <>
            <Lines of={shown} search={search.value} />
            <p class="more">
              {ended.value ? (
                <span class="dim">This is where the log begins.</span>
              ) : (
                <Button disabled={busy.value} onClick={() => void older()}>
                  {busy.value ? 'Reading …' : 'Load older lines'}
                </Button>
              )}
            </p>
          </>
        )}
      </Panel>
    </main>
  );
}
