import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

const NEEDED = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'docs',
  'src',
  'inspector',
  'test/inspect-v4',
];

/** To pack builds anew, and takes away what was built: not where other tests look at the page just now. */
function copied(): string {
  const copy = mkdtempSync(join(tmpdir(), 'kintsugi-source-'));
  for (const name of NEEDED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Packs, unpacks beside links to the installed dependencies, and gives the folder of somebody who depends on it. */
export function installedPackage(): string {
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-package-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: copied() });
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz')) ?? '';
  const modules = join(home, 'node_modules');
  mkdirSync(join(modules, 'kintsugi'), { recursive: true });
  execFileSync('tar', ['-xzf', join(home, tarball), '-C', join(modules, 'kintsugi'), '--strip-components=1']);
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.') && name !== 'kintsugi')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  return home;
}
