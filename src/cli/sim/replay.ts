import { quoted } from '../../healing/words.ts';
import type { Seeds } from './wish.ts';

/** What makes the scripts of seeds what they are, as it is typed. */
export const drawingWords = ({ hours, faults, every, meet }: Seeds): readonly string[] => [
  '--hours',
  `${hours}`,
  ...(faults === null ? [] : ['--faults', faults]),
  ...(every === null ? [] : ['--every', every.text]),
  ...(meet ? ['--meet'] : []),
];

/** The command that runs one of these seeds again, exactly. */
export const replaySeed = (seed: number, seeds: Seeds): string =>
  ['kintsugi', 'sim', '--seed', `${seed}`, ...drawingWords(seeds)].map(quoted).join(' ');

/** The command that runs a script again. */
export const replayScript = (file: string): string => ['kintsugi', 'sim', '--script', file].map(quoted).join(' ');
