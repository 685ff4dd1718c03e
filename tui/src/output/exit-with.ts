import type { ExitCode } from './exit-codes.js';

/** Ends the command with a code when everything there is to say has been said. */
export class ExitWith extends Error {
  override readonly name = 'ExitWith';

  constructor(readonly exitCode: ExitCode) {
    super(`exit code ${exitCode}`);
  }
}
