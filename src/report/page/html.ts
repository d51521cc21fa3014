/** Text as HTML. Names and reasons come from records: nothing of them is taken for markup. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const asText = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);

export interface Column {
  readonly head: string;
  readonly isNumber?: boolean;
}

/** Cells are HTML already. */
export function tableOf(caption: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const head = columns.map(
    ({ head: word, isNumber }) => `<th scope="col"${isNumber ? ' class="n"' : ''}>${asText(word)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? `<th scope="row">${cell}</th>` : `<td${columns[i]?.isNumber ? ' class="n"' : ''}>${cell}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${asText(caption)}"><table><caption>${asText(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
