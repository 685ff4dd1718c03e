import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded with --import into a program that is looked at: at each SIGUSR2 it collects its garbage and writes down how many bytes are left.
// What the system counts as resident also has garbage that nobody has had a reason to collect yet.
const file = process.env['LIVE_MEMORY_FILE'];
if (file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    collect();
    appendFileSync(file, `${process.memoryUsage().heapUsed}\n`);
  });
}
