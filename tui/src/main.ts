import { run } from './cli.js';
import { openTerminal } from './output/terminal.js';
import { abortOnSignals } from './session/interrupt.js';

const exitCode = await run(process.argv.slice(2), {
  terminal: openTerminal(process.stdout, process.stderr, process.env),
  environment: process.env,
  signal: abortOnSignals(),
});
// A connection that is slow to close must not keep the shell waiting.
process.exit(exitCode);
