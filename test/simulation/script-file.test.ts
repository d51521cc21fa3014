import { describe, expect, it } from 'vitest';
import { parseScript, scriptText } from '../../src/sim/script-file.ts';
import { fault, script } from './outcomes.ts';

const kept = { breaks: { law: 'a-law', says: 'it is broken' }, script: script(7, [fault(1, 'crash')]) };

describe('the file of a script', () => {
  it('holds the script as it was, and what it was kept for', () => {
    expect(parseScript(scriptText(kept))).toEqual({ schema: 1, ...kept });
  });

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'it is no script: the whole'],
    [scriptText(kept).replace('"crash"', '"crahs"'), 'it is no script: script.faults.0.kind'],
    [scriptText(kept).replace('"seed": 7', '"seed": "7"'), 'it is no script: script.seed'],
    [scriptText(kept).replace('"stops"', '"stop"'), 'it is no script: script.setting'],
    [scriptText(kept).replace('"schema": 1', '"schema": 2'), 'it is no script: schema'],
  ])('is refused in words where it is another: %#', (text, words) => {
    expect(() => parseScript(text)).toThrow(words);
  });
});
