import { readFileSync } from 'node:fs';
import { type LoadFnOutput, registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type PlantedBug, withBug } from './bug.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');

const textOf = (source: LoadFnOutput['source']): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);

/**
 * From now on this thread loads the bug in place of what stands in its file. To be called before anything of the product is
 * loaded: what is there already stays as it is. Throws where the bug is out of date.
 * @returns whether the file was loaded by now; a bug in a file that nobody loads shows nothing
 */
export function plant(bug: PlantedBug): () => boolean {
  const path = resolve(ROOT, bug.file);
  withBug(readFileSync(path, 'utf8'), bug);
  const { href } = pathToFileURL(path);
  let isLoaded = false;
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (url !== href) return loaded;
      isLoaded = true;
      return { ...loaded, source: withBug(textOf(loaded.source), bug) };
    },
  });
  return () => isLoaded;
}
