/** Which dialog of the shell is open; one at most. */
import { signal } from '@preact/signals';

export const opened = signal<'search' | 'help' | 'entries' | null>(null);
export const close = (): void => {
  opened.value = null;
};
