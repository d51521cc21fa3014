/** Keys that work everywhere. They can be switched off: who speaks to a computer types by accident. */
import { effect, signal } from '@preact/signals';
import { overview } from '../live.ts';
import { go, to } from '../route.ts';
import { opened } from './open.ts';
import { pagesFor } from './pages.tsx';

const KEY = 'kintsugi-keys';
export const keysOn = signal(localStorage.getItem(KEY) !== 'off');
effect(() => localStorage.setItem(KEY, keysOn.value ? 'on' : 'off'));

const AFTER_G_MS = 1_200;
let afterG = 0;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function pressed(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    opened.value = 'search';
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!keysOn.value || document.querySelector('dialog[open]') !== null) return;
  if (event.key === '/') {
    event.preventDefault();
    opened.value = 'search';
  } else if (event.key === '?') opened.value = 'help';
  else if (event.key === 'g') afterG = Date.now();
  else if (Date.now() - afterG < AFTER_G_MS) {
    const page = pagesFor(overview.value?.kind).find(({ key }) => key === event.key);
    if (page !== undefined) go(to(page.id));
    afterG = 0;
  }
}

export const listenToKeys = (): void => addEventListener('keydown', pressed);
