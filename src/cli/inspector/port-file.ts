import type { Files } from '../../ports/files.ts';

/** At which port the page is served: a bot that was brought back serves it there again. */
const PORT_FILE = 'run/inspector_port';

/** Rejects with `FileFault`. */
export const notePort = (files: Files, port: number): Promise<void> =>
  files.writeWhole(PORT_FILE, new TextEncoder().encode(`${port}\n`));

/** `null` where none is known. Rejects with `FileFault`. */
export async function lastPort(files: Files): Promise<number | null> {
  const bytes = await files.read(PORT_FILE);
  const port = bytes === null ? Number.NaN : Number(new TextDecoder().decode(bytes));
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
}
