/** Layouts made already: a chart that is opened again is there at once. */
import type { MachineView, StateView } from '../../../src/inspector/contract.ts';
import { layoutOf } from './layout.ts';
import type { Chart } from './shape.ts';
import type { Shown } from './tree.ts';

const KEPT = 60;
const made = new Map<string, Chart>();
const signatures = new WeakMap<StateView, string>();

/** FNV-1a over all that is drawn: two machines under one id, as after an update, are not mixed up. */
function signatureOf({ root }: MachineView): string {
  const known = signatures.get(root);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(root)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const signature = (hash >>> 0).toString(36);
  signatures.set(root, signature);
  return signature;
}

export function chartOf(machine: MachineView, shown: Shown): Chart {
  const key = [machine.id, signatureOf(machine), shown.focus ?? '', ...[...shown.folded].sort()].join('\n');
  const known = made.get(key);
  if (known) return known;
  const chart = layoutOf(machine, shown);
  made.set(key, chart);
  for (const old of [...made.keys()].slice(0, Math.max(0, made.size - KEPT))) made.delete(old);
  return chart;
}
