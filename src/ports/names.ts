/** State values are told by their names, which are of a program and hide nothing: a region for a password is called `password`. */
const named = new WeakSet<object>();

/** @param value a machine's state value. @returns it; who redacts leaves its keys from now on */
export function asNames<T>(value: T): T {
  if (typeof value === 'object' && value !== null) named.add(value);
  return value;
}

export const isOfNames = (value: object): boolean => named.has(value);
