import { limits } from '@agentnet/protocol';
import { Command } from 'commander';
import type { ConformanceFlags } from '../conformance/judge-all.js';
import { exitCodes } from '../output/exit-codes.js';
import { ExitWith } from '../output/exit-with.js';
import type { CliContext } from './cli-context.js';
import { numberOption } from './option-values.js';

export function conformanceCommand(context: CliContext): Command {
  const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return new Command('conformance')
    .description('Judges an agent, a registry or recorded traffic by the rules of the specification.')
    .option('--peer <command>', 'starts an agent that speaks the peer protocol; several are also paired', many)
    .option('--registry [nats-url]', 'a running registry (default address: NATS_URL, else nats://127.0.0.1:4222)')
    .option('--trace <path>', 'a recording of NATS traffic, or a folder of recordings')
    .option(
      '--workers <number>',
      `handlers that each agent of the recording ran at a time (default: ${limits.maxConcurrency})`,
      numberOption('--workers', { least: 1, whole: true }),
    )
    .option('--rules <glob>', 'only what proves or breaks such rules, for instance "receipt.*"')
    .option('--junit <file>', 'writes a JUnit report')
    .option('--markdown <file>', 'writes a Markdown report')
    .option('--json', 'print JSON for programs')
    .addHelpText(
      'after',
      `
Ends with exit code 0 when everything conforms, 1 when something does not, 2 when it could not be judged.
A registry gets accounts, threads and messages of its own names; do not judge one whose history must stay clean.

Examples:
  agentnet conformance --peer "python my_peer.py" --junit report.xml
  agentnet conformance --registry nats://127.0.0.1:4222 --rules 'history.*'
  agentnet conformance --trace capture.jsonl --json | jq '.cases[] | select(.verdict == "failed")'`,
    )
    .action(async (flags: ConformanceFlags) => {
      const { judgeAll } = await import('../conformance/judge-all.js');
      const conforms = await judgeAll(flags, context);
      if (!conforms) throw new ExitWith(exitCodes.usage);
    });
}
