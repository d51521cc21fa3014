/** A laid-out machine as SVG. Drawn once a layout; what is lit later is patched in, see light.ts. */

import { widthOf } from './measure.ts';
import { Press } from './press.tsx';
import { smooth } from './route.ts';
import { type Box, type Chart, type Edge, LABEL, LABEL_H, LINE_H, TITLE_H } from './shape.ts';

const PAD = 12;
const TITLE_DOWN = 8 + 14;
const LINES_DOWN = 8 + TITLE_H + 11;
const RADIUS = 7;

function BoxTitle({ box, root }: { readonly box: Box; readonly root: boolean }) {
  const down = box.y + LINES_DOWN - (root ? TITLE_H : 0);
  const x = box.centred ? box.x + box.w / 2 : box.x + PAD;
  const anchor = box.centred ? 'middle' : 'start';
  return (
    <>
      {!root && (
        <text class="t" x={x} y={box.y + TITLE_DOWN} text-anchor={anchor}>
          {box.title}
          {box.title !== box.full && <title>{box.full}</title>}
        </text>
      )}
      {box.lines.map((line, at) => (
        <text
          key={line.full}
          class={`l ${line.kind}`}
          x={x}
          y={down + at * LINE_H}
          text-anchor={anchor}
          data-taken={line.transitions[0]}
        >
          {line.text}
          <title>{line.full}</title>
        </text>
      ))}
    </>
  );
}

function BoxShape({ box, root }: { readonly box: Box; readonly root: boolean }) {
  const { x, y, w, h, type, region, leaf, id } = box;
  return (
    <g
      class={`box ${type} ${root ? 'root' : ''} ${region ? 'region' : ''} ${leaf ? 'leaf' : 'holds'} ${box.folded.length > 0 ? 'folded' : ''}`}
      data-state={id}
    >
      {type === 'history' ? (
        <circle class="ground" cx={x + w / 2} cy={y + h / 2} r={Math.min(w, h) / 2} />
      ) : (
        <rect class="ground" x={x} y={y} width={w} height={h} rx={region ? 0 : RADIUS} />
      )}
      {type === 'final' && <rect class="inner" x={x + 3} y={y + 3} width={w - 6} height={h - 6} rx={RADIUS - 3} />}
      {box.folded.length > 0 && <path class="stack" d={`M${x + 6} ${y + h + 3}h${w - 9}a3 3 0 0 0 3 -3v${-(h - 6)}`} />}
      <BoxTitle box={box} root={root} />
    </g>
  );
}

function EdgeShape({ edge }: { readonly edge: Edge }) {
  const { x, y, w, h } = edge.label;
  const middle = x + w / 2;
  return (
    <g class="edge" data-edge={edge.id}>
      <path class="way" d={smooth(edge.points)} />
      <path class="arrow" d="M0 0L-8.5 3.6L-8.5 -3.6Z" transform={arrowAt(edge)} />
      {edge.lines.map((line, at) => {
        const width = widthOf(line.text, LABEL) + 6;
        return (
          <g key={line.transition} class="label" data-taken={line.transition}>
            <rect x={middle - width / 2} y={y + 2 + at * LABEL_H} width={width} height={h < 20 ? h - 4 : LABEL_H} />
            <text x={middle} y={y + 13 + at * LABEL_H} text-anchor="middle">
              {line.text}
              <title>{line.full}</title>
            </text>
            <text class="times" x={middle + width / 2} y={y + 13 + at * LABEL_H} data-times={line.transition} />
          </g>
        );
      })}
    </g>
  );
}

function arrowAt({ points }: { readonly points: Edge['points'] }): string {
  const [before, end] = [points.at(-2), points.at(-1)];
  if (!before || !end) return '';
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return `translate(${end.x.toFixed(1)} ${end.y.toFixed(1)}) rotate(${angle.toFixed(1)})`;
}

interface Presses {
  readonly onOpen: (state: string) => void;
  readonly onFold: (state: string) => void;
}

/** The head of a state looks inside, the mark at its right folds it. Apart from the boxes, so that no button is in a button. */
function BoxPresses({ box, onOpen, onFold }: { readonly box: Box } & Presses) {
  const { x, y, w, h, id, full } = box;
  const isFolded = box.folded.length > 0;
  const tall = isFolded ? h : LINES_DOWN - 6 + box.lines.length * LINE_H;
  return (
    <>
      <Press class="open" label={`Look inside ${full}`} twice onPress={() => onOpen(id)}>
        <rect x={x} y={y} width={w} height={Math.min(h, tall)} />
      </Press>
      <Press class="fold" label={`${isFolded ? 'Unfold' : 'Fold'} ${full}`} onPress={() => onFold(id)}>
        <rect x={x + w - 26} y={y + 8} width={17} height={17} rx={4} />
        <path d={`M${x + w - 22} ${y + 16.5}h9${isFolded ? 'm-4.5 -4.5v9' : ''}`} />
      </Press>
    </>
  );
}

/** All of a chart. Nothing in it depends on what is live, so whoever keeps it need not draw it again while the layout is the same. */
export function Drawing({ chart, ...presses }: { readonly chart: Chart } & Presses) {
  const holding = chart.boxes.filter(({ leaf }) => !leaf);
  const leaves = chart.boxes.filter(({ leaf }) => leaf);
  return (
    <g class="drawing">
      {holding.map((box) => (
        <BoxShape key={box.id} box={box} root={box.id === chart.root} />
      ))}
      {chart.dots.map((dot) => (
        <g key={dot.to} class="dot">
          <circle cx={dot.x} cy={dot.y} r={4} />
          <path class="way" d={smooth(dot.points)} />
          <path class="arrow" d="M0 0L-7 3L-7 -3Z" transform={arrowAt(dot)} />
        </g>
      ))}
      {leaves.map((box) => (
        <BoxShape key={box.id} box={box} root={box.id === chart.root} />
      ))}
      {chart.edges.map((edge) => (
        <EdgeShape key={edge.id} edge={edge} />
      ))}
      {chart.boxes
        .filter((box) => box.folded.length > 0 || (!box.leaf && box.id !== chart.root))
        .map((box) => (
          <BoxPresses key={box.id} box={box} {...presses} />
        ))}
      {chart.boxes
        .filter((box) => box.leaf && box.id !== chart.root)
        .map(({ id, x, y, w }) => (
          <g key={id} class="count" data-count={id}>
            <rect x={x + w - 17} y={y - 8} width={30} height={15} rx={7.5} />
            <text x={x + w - 2} y={y + 3} text-anchor="middle" />
          </g>
        ))}
      {chart.pills.map((pill) => (
        <g key={pill.id} class="pill">
          <rect x={pill.x} y={pill.y} width={pill.w} height={pill.h} rx={pill.h / 2} />
          <text x={pill.x + pill.w / 2} y={pill.y + 13} text-anchor="middle">
            {pill.text}
            <title>{`whatever the state in ${pill.of}`}</title>
          </text>
        </g>
      ))}
    </g>
  );
}
