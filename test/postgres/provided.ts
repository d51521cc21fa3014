import { debianProgram } from '../debian-program.ts';
import { postgresBinaries } from './server.ts';

/**
 * PostgreSQL as Debian has it, before anybody tests with it: two files at once must not install it. Where it is not and may not be installed (no
 * root, no Debian), what needs it is skipped and says so.
 */
export async function setup(): Promise<void> {
  if (postgresBinaries() !== null) return;
  await debianProgram({ names: ['postgres'], packageName: 'postgresql' });
}
