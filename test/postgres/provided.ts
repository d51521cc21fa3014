import { debianProgram } from '../debian-program.ts';
import { postgresBinaries } from './server.ts';

/**
 * PostgreSQL as Debian has it, before anybody tests with it: two files at once must not install it. Where it is not and may not be installed (no
 * root, no Debian), what needs it is skipped and says so; where it may be and could not, CI fails, and a person reads why.
 */
export async function setup(): Promise<void> {
  if (postgresBinaries() !== null) return;
  try {
    await debianProgram({ names: ['postgres'], packageName: 'postgresql' });
  } catch (error) {
    if (process.env.CI !== undefined) throw error;
    console.warn(`PostgreSQL could not be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
