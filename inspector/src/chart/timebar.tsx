/** The bar that travels in time: live, or at a moment, with all that moves it. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { ago, clockExact, count, dateTime } from '../format.ts';
import { botNow, overview } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { Segmented } from '../part/tabs.tsx';
import { useWidth } from '../part/width.ts';
import { Press } from './press.tsx';
import { cursor, incident, live, moment, range, span, step, stepBy, steps, travel, zoomTo } from './store.ts';

const TICK_MS = 100;
const SPEEDS = [
  { id: '0.25', name: '¼×' },
  { id: '1', name: '1×' },
  { id: '8', name: '8×' },
  { id: '60', name: '60×' },
] as const;
type Speed = (typeof SPEEDS)[number]['id'];

function Glyph({ d }: { readonly d: string }) {
  return (
    <svg class="ic" viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} fill="currentColor" />
    </svg>
  );
}

/** Marks of incidents: a triangle for what was healed, an octagon for what was not. */
function Marks({ from, to }: { readonly from: number; readonly to: number }) {
  const { ref, width } = useWidth<HTMLDivElement>(600);
  const x = (at: number): number => 8 + ((at - from) / Math.max(1, to - from)) * (width.value - 16);
  return (
    <div class="marks" ref={ref}>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: each mark has a name of its own */}
      <svg width={width.value} height={14}>
        {(range.value?.marks ?? []).map((mark) => {
          const at = x(mark.at);
          const red = mark.health === 'red';
          return (
            <Press
              key={mark.incident}
              class={`mark ${red ? 'f-bad' : mark.health === 'yellow' ? 'f-warn' : 'f-unk'}`}
              label={`${mark.incident} at ${dateTime(mark.at)}, ${red ? 'not healed' : 'healed'}`}
              onPress={() => zoomTo(mark.at, mark.to)}
            >
              <title>{`${mark.incident}, ${dateTime(mark.at)}`}</title>
              <path
                d={
                  red
                    ? `M${at - 2} 2h4l3 3v4l-3 3h-4l-3 -3v-4z`
                    : mark.health === 'yellow'
                      ? `M${at} 2l5 10h-10z`
                      : `M${at} 2l5 5l-5 5l-5 -5z`
                }
              />
            </Press>
          );
        })}
      </svg>
    </div>
  );
}

export function TimeBar({ children }: { readonly children?: ComponentChildren }) {
  const playing = useSignal(false);
  const speed = useSignal<Speed>('1');
  const known = range.value;
  const latest = Math.max(known?.to ?? 0, overview.value?.kind === 'records' ? 0 : botNow.value);
  useSignalEffect(() => {
    if (!playing.value) return;
    const by = TICK_MS * Number(speed.value);
    const timer = setInterval(() => {
      const now = cursor.peek();
      if (now === null) {
        playing.value = false;
        return;
      }
      const end = Math.max(range.peek()?.to ?? 0, overview.peek()?.kind === 'records' ? 0 : botNow.peek());
      if (now + by >= end) {
        playing.value = false;
        travel(end);
      } else travel(now + by);
    }, TICK_MS);
    return () => clearInterval(timer);
  });
  const place = useComputed(() => {
    const now = step.value;
    if (now === null || steps.value.all.length === 0) return '';
    return `event ${count(steps.value.all.indexOf(now) + 1)} of ${count(steps.value.all.length)}${steps.value.more ? '+' : ''}`;
  });
  const at = cursor.value;
  const replay = at !== null;
  const nothing = known !== null && known.from === null;
  const start = known?.from ?? latest - 60_000;
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      void stepBy(event.key === 'ArrowLeft' ? -1 : 1);
    }
    if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      travel(event.key === 'Home' ? start : latest);
    }
  };
  const shown = incident.value?.incident;
  return (
    <section class={`timebar ${replay ? 'replay' : ''}`} aria-label="Time travel" data-testid="timebar">
      <div class="line">
        <span class={`mode ${replay ? 'on' : ''}`}>{replay ? 'Replay' : 'Live'}</span>
        {replay ? (
          <>
            {shown && <b class="cut">{`${shown.incident_id}, ${shown.component}`}</b>}
            <time class="num" dateTime={new Date(at).toISOString()} title={dateTime(at)}>
              {clockExact(at)} UTC
            </time>
            <span class="dim nw">
              {place.value}
              {place.value === '' ? '' : ', '}
              {ago(at, botNow.value)}
            </span>
            {moment.value.error !== null && <span class="bad cut">{moment.value.error}</span>}
          </>
        ) : (
          <span class="dim">
            {nothing
              ? 'Nothing is recorded yet, so there is no past to go to.'
              : 'All parts follow the bot. Move the slider, or open an incident, to see what was.'}
          </span>
        )}
        <span class="sp" />
        <div class="moves">
          <Button size="square" label="To the beginning" disabled={nothing} onClick={() => travel(start)}>
            <Glyph d="M3 3.5h2v9H3zM13 3.5v9L6 8z" />
          </Button>
          <Button size="square" label="Step back" disabled={nothing} onClick={() => void stepBy(-1)}>
            <Glyph d="M11.5 3.5v9L4.5 8z" />
          </Button>
          <Button
            size="square"
            label={playing.value ? 'Pause' : 'Play'}
            kind={playing.value ? 'primary' : 'plain'}
            disabled={nothing}
            onClick={() => {
              if (cursor.peek() === null) travel(Math.max(start, latest - 30_000));
              playing.value = !playing.value;
            }}
          >
            <Icon name={playing.value ? 'pause' : 'play'} />
          </Button>
          <Button size="square" label="Step on" disabled={nothing} onClick={() => void stepBy(1)}>
            <Glyph d="M4.5 3.5v9l7 -4.5z" />
          </Button>
          <Segmented
            label="Speed"
            of={SPEEDS}
            value={speed.value}
            onPick={(id) => {
              speed.value = id;
            }}
          />
          {children}
          {replay && (
            <Button
              kind="primary"
              onClick={() => {
                playing.value = false;
                live();
              }}
            >
              Back to live
            </Button>
          )}
        </div>
      </div>
      {!nothing && known !== null && (
        <div class="slide">
          <span class="num dim">{dateTime(start).slice(0, -7)}</span>
          <div class="track">
            <Marks from={start} to={latest} />
            <input
              type="range"
              min={Math.floor(start)}
              max={Math.ceil(latest)}
              step={1}
              value={at ?? latest}
              aria-label="Moment"
              aria-valuetext={replay ? `${dateTime(at)}, ${ago(at, botNow.value)}` : 'live'}
              onKeyDown={key}
              onInput={(event) => {
                span.value = null;
                travel(Number(event.currentTarget.value));
              }}
            />
          </div>
          <span class="num dim">{dateTime(latest).slice(-12, -4)}</span>
        </div>
      )}
    </section>
  );
}
