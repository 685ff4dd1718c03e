import type { MessageRow } from '@agentnet/protocol';
import { messageColumns } from '../output/message-table.js';
import { renderTable } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import type { NetworkOptions } from '../session/network-options.js';

/** Prints recorded messages; to a terminal fitted to it, with the names of who is online in place of account ids. */
export async function printMessages(
  terminal: Terminal,
  network: Pick<NetworkOptions, 'natsUrl' | 'wait'>,
  rows: readonly MessageRow[],
): Promise<void> {
  const { columns } = terminal;
  if (columns === undefined) return terminal.print(renderTable(messageColumns(), rows));
  const { onlineNames } = await import('../session/online-names.js');
  terminal.print(renderTable(messageColumns(await onlineNames(network)), rows, columns));
}
