import { fileURLToPath } from 'node:url';

/** Where the built page is: the same from `src` and from `dist`. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../../dist/page/', import.meta.url));
