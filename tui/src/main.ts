import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { run } from './cli.js';
import { openTerminal } from './output/terminal.js';
import { abortOnSignals } from './session/interrupt.js';

const terminals = [0, 1, 2].filter((fd) => isatty(fd));
const exitCode = await run(process.argv.slice(2), {
  terminal: openTerminal(process.stdout, process.stderr, process.env),
  environment: process.env,
  signal: abortOnSignals(),
});
// Node ends in an abort when it cannot reset a terminal whose window was closed, so it is let go of before.
for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
// A connection that is slow to close must not keep the shell waiting.
process.exit(exitCode);
