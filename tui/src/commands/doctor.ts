import { Command } from 'commander';
import { exitCodes } from '../output/exit-codes.js';
import { ExitWith } from '../output/exit-with.js';
import { findingLines } from '../output/finding-lines.js';
import { withSpinner } from '../output/spinner.js';
import { shownNatsUrl } from '../session/nats-address.js';
import type { CliContext } from './cli-context.js';
import { addNetworkOptions, type NetworkFlags, resolveNetworkOptions } from './network-options.js';

export function doctorCommand(context: CliContext): Command {
  const command = new Command('doctor')
    .description('Examines a network and says what to do about what it finds.')
    .addHelpText(
      'after',
      `
Ends with exit code 0 when all is well, 1 when something is doubtful, 2 when something does not work.

Examples:
  agentnet doctor
  agentnet doctor --json | jq '.findings[] | select(.verdict != "ok")'`,
    )
    .action(async (flags: NetworkFlags) => {
      const network = resolveNetworkOptions(flags, context);
      const { examine } = await import('../doctor/examine.js');
      const { exitCodeOfFindings } = await import('../doctor/finding.js');
      const findings = await withSpinner(context.terminal, 'Examining', () => examine(network));
      if (flags.json) context.terminal.printJson({ nats_url: shownNatsUrl(network.natsUrl), findings });
      else for (const line of findingLines(findings)) context.terminal.printLine(line);
      const exitCode = exitCodeOfFindings(findings);
      if (exitCode !== exitCodes.ok) throw new ExitWith(exitCode);
    });
  return addNetworkOptions(command);
}
