#!/usr/bin/env node
/** The command. All else is loaded once it is known that Node can: an older one does not get as far as to say what is wrong. */
import { createRequire } from 'node:module';

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
}

const { version, engines } = createRequire(import.meta.url)('../../package.json') as Package;
const [needs = 0, needsMinor = 0] = (/\d+\.\d+/.exec(engines.node)?.[0] ?? '').split('.').map(Number);
const [has = 0, hasMinor = 0] = process.versions.node.split('.').map(Number);

if (has > needs || (has === needs && hasMinor >= needsMinor)) {
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(version);
} else {
  process.stderr.write(
    `kintsugi: needs Node ${needs}.${needsMinor} or newer, and this is ${process.versions.node} (${process.execPath}). Nothing was started. ` +
      'Install a newer Node, or put one before this one on the PATH.\n',
  );
  process.exitCode = 1;
}
