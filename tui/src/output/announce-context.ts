import { shownNatsUrl } from '../session/nats-address.js';
import type { NetworkOptions } from '../session/network-options.js';
import type { Terminal } from './terminal.js';

/** Tells on the error stream which named connection is used: always for production, otherwise to a person at a terminal. */
export function announceContext(
  terminal: Terminal,
  { context, natsUrl }: Pick<NetworkOptions, 'context' | 'natsUrl'>,
): void {
  if (!context) return;
  const { name, colour, production } = context;
  if (production) {
    terminal.warnLine([
      { text: ` PRODUCTION ${name} `, style: [colour, 'bold', 'inverse'] },
      ` ${shownNatsUrl(natsUrl)}`,
    ]);
  } else if (terminal.isWatched) {
    terminal.warnLine([{ text: `● ${name}`, style: colour }]);
  }
}
