import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { startNetwork } from './network.js';
import { compare, type Result } from './run.js';
import { ask } from './scenarios/ask.js';
import { askSigned } from './scenarios/ask-signed.js';
import { history } from './scenarios/history.js';
import { presence } from './scenarios/presence.js';
import { python } from './scenarios/python.js';
import { query } from './scenarios/query.js';
import { register } from './scenarios/register.js';
import { resolve } from './scenarios/resolve.js';
import { send } from './scenarios/send.js';
import { tui } from './scenarios/tui.js';
import { table } from './table.js';

const scenarios = [ask, askSigned, send, resolve, python, history, register, presence, query, tui];

const usage = `Usage: npm run bench [-- [scenario ...] [--repetitions N] [--json FILE] [--quick]]

Each scenario runs beside its raw counterpart, in turn, on the same nats-server and database; compare the ratios, not the rates.

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

Options:
  --repetitions N  counted pairs of each comparison (default 3)
  --json FILE      where the figures go (default bench/results/latest.json, from the repository's root)
  --quick          a tenth of the load and one pair: shows that everything runs, measures nothing
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = readArguments(args);
  if (typeof options === 'string') {
    console.error(options);
    return options === usage ? 0 : 1;
  }
  const network = await startNetwork();
  const results: Result[] = [];
  const notes: string[] = [];
  try {
    for (const scenario of scenarios.filter(({ name }) => options.names.includes(name))) {
      const prepared = await scenario.prepare(network, { quick: options.quick });
      try {
        for (const comparison of prepared.comparisons) {
          console.error(`${scenario.name}: ${comparison.name} …`);
          results.push(await compare(scenario.name, comparison, options.repetitions));
        }
        for (const note of prepared.notes?.() ?? []) notes.push(`${scenario.name}: ${note}`);
      } finally {
        await prepared.close();
      }
    }
  } finally {
    await network.stop();
  }
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(
    options.json,
    `${JSON.stringify({ machine: machine(network.databaseKind), results, notes }, null, 2)}\n`,
  );
  console.log(
    `\n${[table(results), ...notes].join('\n\n')}\n\nhistory is written to ${network.databaseKind}; figures in ${options.json}`,
  );
  return 0;
}

function readArguments(
  args: string[],
): { names: string[]; repetitions: number; json: string; quick: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        repetitions: { type: 'string', default: '3' },
        json: { type: 'string', default: new URL('../results/latest.json', import.meta.url).pathname },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return usage;
    const unknown = positionals.find((name) => !scenarios.some((scenario) => scenario.name === name));
    if (unknown !== undefined) return `error: unknown scenario '${unknown}'\n\n${usage}`;
    const repetitions = values.quick ? 1 : Number(values.repetitions);
    if (!Number.isInteger(repetitions) || repetitions < 1)
      return `error: --repetitions must be a whole number >= 1\n\n${usage}`;
    const names = positionals.length > 0 ? positionals : scenarios.map(({ name }) => name);
    return { names, repetitions, json: values.json, quick: values.quick };
  } catch (cause) {
    return `error: ${cause instanceof Error ? cause.message : cause}\n\n${usage}`;
  }
}

function machine(database: string): Record<string, unknown> {
  const processors = cpus();
  return {
    processor: processors[0]?.model,
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    database,
    measured_at: new Date().toISOString(),
  };
}
