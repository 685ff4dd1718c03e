// Run by npm in the folder of a package. `before` lends it the one LICENSE of the repository and removes what was built from sources that are
// gone, so that neither is missing from nor left over in the tarball; `after` takes the LICENSE back.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [when] = process.argv.slice(2);
if (when === 'before') {
  removeLeftovers('dist');
  copyFileSync(fileURLToPath(new URL('../LICENSE', import.meta.url)), 'LICENSE');
} else if (when === 'after') {
  rmSync('LICENSE', { force: true });
} else {
  throw new Error('usage, in the folder of a package: node <path>/packing.mjs before|after');
}

function removeLeftovers(folder) {
  const maps = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.map'));
  for (const map of maps.map((file) => join(folder, file))) {
    const { sources } = JSON.parse(readFileSync(map, 'utf8'));
    if (sources.every((source) => existsSync(join(dirname(map), source)))) continue;
    for (const file of [map, map.slice(0, -'.map'.length)]) rmSync(file, { force: true });
  }
}
