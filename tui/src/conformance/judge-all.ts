import { writeFile } from 'node:fs/promises';
import type { KitOptions, ReportCase } from '@agentnet/contract-tests/kit';
import { ProtocolError } from '@agentnet/protocol';
import type { CliContext } from '../commands/cli-context.js';
import type { Terminal } from '../output/terminal.js';
import { resolveNatsUrl } from '../session/nats-address.js';

/** The command's options, as typed. */
export interface ConformanceFlags {
  peer?: readonly string[];
  /** True without an address. */
  registry?: string | true;
  trace?: string;
  workers?: number;
  rules?: string;
  junit?: string;
  markdown?: string;
  json?: boolean;
}

type Kit = typeof import('@agentnet/contract-tests/kit');

/** Judges whatever the options name, tells and reports it; whether everything conforms. @throws {ProtocolError} `invalid_option` */
export async function judgeAll(flags: ConformanceFlags, context: CliContext): Promise<boolean> {
  const { peer = [], registry, trace, junit, markdown, json = false } = flags;
  if (peer.length === 0 && registry === undefined && trace === undefined)
    throw new ProtocolError('invalid_option', 'nothing to judge: name --peer, --registry or --trace');
  const kit = await import('@agentnet/contract-tests/kit');
  const cases = [
    ...(trace === undefined ? [] : await judgeTrace(kit, trace, flags)),
    ...(peer.length === 0 && registry === undefined ? [] : await play(kit, flags, context)),
  ];
  if (junit !== undefined) await report('--junit', junit, kit.junitReport(cases));
  if (markdown !== undefined) await report('--markdown', markdown, kit.markdownReport(cases));
  if (json) context.terminal.printJson({ ...countsOf(cases), cases });
  else tell(cases, context.terminal);
  return cases.every(({ verdict }) => verdict !== 'failed');
}

async function judgeTrace(kit: Kit, path: string, { rules, workers }: ConformanceFlags): Promise<ReportCase[]> {
  const wanted = kit.globOf(rules);
  try {
    const captures = await kit.readCaptures(path);
    const findings = kit
      .judgeCaptures(captures, workers === undefined ? {} : { maxConcurrency: workers })
      .filter(({ rule }) => wanted.test(rule));
    return kit.casesOfFindings(captures, findings);
  } catch (cause) {
    if (cause instanceof kit.CaptureError)
      throw new ProtocolError('invalid_option', `--trace: ${cause.message}`, { cause });
    throw cause;
  }
}

async function play(kit: Kit, flags: ConformanceFlags, context: CliContext): Promise<ReportCase[]> {
  const { peer = [], registry, rules } = flags;
  const selected = kit.selectScenarios(rules === undefined ? {} : { rules });
  const roles = new Set(selected.map(({ role }) => role));
  if (!roles.has('registry') && (peer.length === 0 || roles.size === 0))
    throw new ProtocolError(
      'invalid_option',
      `--rules: no scenario proves ${JSON.stringify(rules)} here; see spec/rules.yaml`,
    );
  const options: KitOptions = {
    peers: peer.map((command, index) => ({ name: peer.length === 1 ? 'peer' : `peer-${index + 1}`, command })),
    ...(registry === undefined ? {} : { registryUrl: await reachable(registry, context) }),
    ...(rules === undefined ? {} : { rules }),
    onResult: ({ verdict, scenario, subjects }) => {
      if (!flags.json) context.terminal.warn(`${verdict.padEnd(11)} ${scenario} (${subjects.join(' -> ')})`);
    },
  };
  return kit.casesOfResults(await kit.runKit(options));
}

/** The registry's address, once a registry has answered there. @throws {AgentNetError} `connect_failed`, `registry_unavailable` */
async function reachable(registry: string | true, { environment, signal }: CliContext): Promise<string> {
  const natsUrl = resolveNatsUrl(registry === true ? undefined : registry, environment);
  const { getRegistryMetrics } = await import('@agentnet/sdk');
  await getRegistryMetrics(natsUrl, { signal });
  return natsUrl;
}

async function report(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new ProtocolError('invalid_option', `${option}: the report cannot be written: ${why}`, { cause });
  }
}

function tell(cases: readonly ReportCase[], terminal: Terminal): void {
  for (const { name, subject, failure } of cases) {
    if (failure === undefined) continue;
    terminal.printLine([{ text: '✗', style: 'red' }, ` ${name} (${subject})`]);
    terminal.print(`${failure}\n`);
  }
  const { passed, failed, not_offered } = countsOf(cases);
  terminal.print(`${passed} passed, ${failed} failed, ${not_offered} not offered`);
}

function countsOf(cases: readonly ReportCase[]): { passed: number; failed: number; not_offered: number } {
  const count = (wanted: ReportCase['verdict']): number => cases.filter(({ verdict }) => verdict === wanted).length;
  return { passed: count('passed'), failed: count('failed'), not_offered: count('not offered') };
}
