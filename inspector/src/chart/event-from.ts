type Checked = { readonly event: { type: string } & Record<string, unknown> } | { readonly wrong: string };

/** What is written, as an event; or what is wrong with it, in words. */
export function eventFrom(type: string, written: string): Checked {
  if (type.trim() === '') return { wrong: 'An event needs a type.' };
  const text = written.trim() === '' ? '{}' : written;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: `That is not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { wrong: 'What goes with the event must be an object: { … }.' };
  if ('type' in value && value.type !== type)
    return { wrong: `The type is chosen above (${type}); leave it out here, or write the same.` };
  return { event: { ...(value as Record<string, unknown>), type } };
}
