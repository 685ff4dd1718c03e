import { ProtocolError } from '@agentnet/protocol';
import { exitCodes } from '../output/exit-codes.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C can arrive twice, from the terminal and again from npm or timeout; nobody asks again this fast. */
const sameRequestMs = 500;

/**
 * Turns the first signal that asks us to end into an abort, so that everything is left in order. A second Ctrl-C or SIGTERM ends the process at
 * once; SIGHUP repeats when a terminal closes and does not count.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  for (const name of signals) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        askedAt = performance.now();
        controller.abort(new ProtocolError('cancelled', `stopped by ${name}`));
      } else if (name !== 'SIGHUP' && performance.now() - askedAt > sameRequestMs) {
        process.exit(exitCodes.interrupted);
      }
    });
  }
  return controller.signal;
}
