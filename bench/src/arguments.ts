import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.js';

export interface BenchArguments {
  readonly names: readonly string[];
  readonly repetitions: number;
  readonly quick: boolean;
  /** Where results go; undefined for the default. */
  readonly out: string | undefined;
  /** Whether the figures take the place of older ones of the same scenarios. */
  readonly update: boolean;
  /** Whether nothing is measured, only written anew. */
  readonly render: boolean;
}

/** Fewer say nothing about how figures swing; one is enough to see that everything runs. */
const leastRepetitions = 3;

export const usage = `Usage: npm run bench [-- [scenario ...] [--repetitions N] [--out FOLDER] [--quick | --update | --render]]

Each scenario runs beside its raw counterpart, in turn, on the same nats-server and database; compare the ratios, not the rates.
All of them together write bench/RESULTS.md, with plots and figures in bench/results. Exit code 1: a scenario failed.

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n')}

Options:
  --repetitions N  counted runs of each side (default and least: ${leastRepetitions})
  --out FOLDER     where RESULTS.md and results/ go (default bench for a run of all scenarios, bench/results/partial for others)
  --update         runs the scenarios named and puts their figures in the place of the older ones in FOLDER
  --render         measures nothing: writes page and plots anew from the figures in FOLDER
  --quick          as little as shows that everything runs, measures nothing
`;

/** @returns what is wrong with them, or the usage when it was asked for */
export function readArguments(args: readonly string[]): BenchArguments | { readonly refusal: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        repetitions: { type: 'string', default: String(leastRepetitions) },
        out: { type: 'string' },
        quick: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
        render: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { refusal: usage };
    const { quick, update, render, out } = values;
    const unknown = positionals.find((name) => !scenarios.some((scenario) => scenario.name === name));
    if (unknown !== undefined) return refuse(`unknown scenario '${unknown}'`);
    if (Number(quick) + Number(update) + Number(render) > 1)
      return refuse('--quick, --update and --render exclude one another');
    const repetitions = Number(values.repetitions);
    if (!Number.isInteger(repetitions) || repetitions < leastRepetitions)
      return refuse(`--repetitions must be a whole number >= ${leastRepetitions}`);
    const names = positionals.length > 0 ? positionals : scenarios.map(({ name }) => name);
    return { names, repetitions: quick ? 1 : repetitions, quick, update, render, out };
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause));
  }
}

function refuse(why: string): { readonly refusal: string } {
  return { refusal: `error: ${why}\n\n${usage}` };
}
