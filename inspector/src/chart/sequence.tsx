/** Who sent what to whom, as a sequence diagram. */
import { useComputed, useSignal } from '@preact/signals';
import type { ActorEvent } from '../../../src/inspector/contract.ts';
import { clockExact, duration } from '../format.ts';
import { Empty } from '../part/state.tsx';
import { Segmented } from '../part/tabs.tsx';
import { useWidth } from '../part/width.ts';
import { cut, widthOf } from './measure.ts';
import { Press } from './press.tsx';
import { Scroll } from './scroll.tsx';
import { chosen } from './store.ts';
import { talkOf } from './talk.ts';
import { eventWords } from './words.ts';

const ROW = 24;
const HEAD = 34;
const TIME_W = 78;
const LEAST_GAP = 110;
const SMALL = { size: 11, weight: 'regular' } as const;
const NAME = { size: 12, weight: 'semibold' } as const;
const MOST = 60;

interface SequenceProps {
  readonly events: readonly ActorEvent[];
  readonly onPick: (seq: number) => void;
  readonly picked: number | null;
}

export function Sequence({ events, onPick, picked }: SequenceProps) {
  const whose = useSignal<'one' | 'all'>('one');
  const { ref, width } = useWidth<HTMLDivElement>(900);
  const only = useComputed(() => (whose.value === 'one' ? chosen.value : null));
  const room = Math.max(2, Math.floor((width.value - TIME_W) / LEAST_GAP));
  const { lifelines, arrows, left } = talkOf(events, MOST, only.value, Math.min(9, room));
  const gap = Math.max(LEAST_GAP, (width.value - TIME_W - 20) / Math.max(1, lifelines.length));
  const x = (id: string): number => TIME_W + gap * (lifelines.indexOf(id) + 0.5);
  const [w, h] = [TIME_W + gap * lifelines.length, HEAD + ROW * arrows.length + 12];
  return (
    <div class="sequence" ref={ref} data-testid="sequence">
      <div class="bar">
        <Segmented
          label="Whose messages"
          of={[
            { id: 'one', name: chosen.value ?? 'This actor' },
            { id: 'all', name: 'All actors' },
          ]}
          value={whose.value}
          onPick={(id) => {
            whose.value = id;
          }}
        />
        <span class="dim">
          {arrows.length} messages, repeats counted{left > 0 ? `; ${left} actors that talk less are left out` : ''}
        </span>
      </div>
      {arrows.length === 0 ? (
        <Empty title="No message to draw" says="Nothing was sent in this time, or the filter leaves nothing." />
      ) : (
        <Scroll label="Sequence of messages">
          {/* biome-ignore lint/a11y/noSvgWithoutTitle: each message has a name of its own */}
          <svg width={w} height={h}>
            {lifelines.map((id) => (
              <g key={id} class={`lifeline ${id === chosen.value ? 'sel' : ''}`}>
                <path d={`M${x(id)} ${HEAD - 4}V${h}`} />
                <text x={x(id)} y={18} text-anchor="middle">
                  {cut(id, gap - 12, NAME)}
                  <title>{id}</title>
                </text>
              </g>
            ))}
            {arrows.map((one, at) => {
              const y = HEAD + ROW * at + 14;
              const [a, b] = [x(one.from), x(one.to)];
              const self = one.from === one.to;
              const said = `${eventWords(one.type)}${one.count > 1 ? ` ×${one.count}` : ''}`;
              const space = self ? gap - 40 : Math.max(60, Math.abs(b - a) - 20);
              const text = cut(said, space, SMALL);
              const middle = self ? a + 30 + widthOf(text, SMALL) / 2 : (a + b) / 2;
              const way = self ? `M${a} ${y - 5}h20v9h-14` : `M${a} ${y}H${b + (b > a ? -7 : 7)}`;
              const tip = self ? `M${a + 2} ${y + 4}l7 -3.5v7z` : `M${b} ${y}l${b > a ? -8 : 8} -3.5v7z`;
              const when = clockExact(one.at);
              const longer = one.count > 1 ? `, ${one.count} times in ${duration(one.until - one.at)}` : '';
              return (
                <Press
                  key={one.key}
                  class={`arrow ${one.changed ? 'changed' : ''} ${one.key === picked ? 'sel' : ''}`}
                  label={`${when.slice(3)} ${text}: ${one.from} to ${one.to}${text === said ? '' : `, ${said}`}${one.changed ? ', changed its state' : ''}`}
                  onPress={() => onPick(one.key)}
                >
                  <rect class="hit" x={0} y={y - ROW / 2 - 1} width={w} height={ROW} />
                  <text class="time" x={8} y={y + 4}>
                    {when.slice(3)}
                  </text>
                  <path class="way" d={way} />
                  <path class="tip" d={tip} />
                  <rect
                    class="under"
                    x={middle - widthOf(text, SMALL) / 2 - 3}
                    y={y - 12}
                    width={widthOf(text, SMALL) + 6}
                    height={11}
                  />
                  <text class="said" x={middle} y={self ? y + 3 : y - 4} text-anchor="middle">
                    {text}
                    <title>{`${said}${longer}`}</title>
                  </text>
                </Press>
              );
            })}
          </svg>
        </Scroll>
      )}
    </div>
  );
}
