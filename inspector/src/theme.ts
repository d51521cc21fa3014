/** Light, dark, or as the system has it; remembered in this browser. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'kintsugi-theme';
const ALL: readonly Theme[] = ['system', 'light', 'dark'];

const remembered = (): Theme => ALL.find((one) => one === localStorage.getItem(KEY)) ?? 'system';
export const theme = signal<Theme>(remembered());

export const nextTheme = (now: Theme): Theme => ALL[(ALL.indexOf(now) + 1) % ALL.length] ?? 'system';

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(KEY, theme.value);
});
