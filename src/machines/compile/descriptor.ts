/** Does an event of this type fit a descriptor: the type itself, `*`, or a beginning as `feed.*`? */
export function matchesDescriptor(type: string, descriptor: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const tokens = type.split('.');
  for (const [index, wanted] of descriptor.split('.').entries()) {
    if (wanted === '*') return index === descriptor.split('.').length - 1;
    if (wanted !== tokens[index]) return false;
  }
  return true;
}
