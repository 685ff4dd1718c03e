import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchArguments, readArguments, usage } from './arguments.js';
import { type Figures, replaceScenarios, type ScenarioFigures } from './figures.js';
import { describeMachine } from './machine.js';
import { ResultsFolder } from './results-folder.js';
import { resultsPage } from './results-page.js';
import { type Ran, runScenarios } from './scenario-runner.js';
import { scenarios } from './scenarios/index.js';

const bench = fileURLToPath(new URL('../', import.meta.url));
const partial = fileURLToPath(new URL('../results/partial', import.meta.url));
/** npm changes to the folder of the package; what was typed is meant from where it was typed. */
const typedIn = process.env['INIT_CWD'] ?? process.cwd();
const everyName = scenarios.map(({ name }) => name);
/** A scenario may take so many times its budget: on a busy machine preparations are slow. */
const patience = 3;
const leastPatienceMs = 120_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if ('refusal' in options) {
    console.error(options.refusal);
    return options.refusal === usage ? 0 : 1;
  }
  const folder = new ResultsFolder(folderOf(options));
  if (options.render) {
    await folder.write(await folder.read());
    return 0;
  }
  const begun = performance.now();
  const measured = await measure(options);
  const figures = options.update ? replaceScenarios(await folder.read(), measured, everyName) : measured;
  await folder.write(figures);
  console.log(resultsPage(measured));
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  console.error(`took ${minutes} min; written to ${relative(typedIn, folder.page)}`);
  const failed = measured.scenarios.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

function folderOf({ out, names, quick, update, render }: BenchArguments): string {
  const isWhole = !quick && everyName.every((name) => names.includes(name));
  if (out !== undefined) return resolve(typedIn, out);
  return isWhole || update || render ? bench : partial;
}

/** One process for each scenario, or one for all where only is to be shown that they run. */
async function measure({ names, quick, repetitions }: BenchArguments): Promise<Figures> {
  const machine = describeMachine();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const chosen = everyName.filter((name) => names.includes(name));
  const groups = quick ? [chosen] : chosen.map((name) => [name]);
  const figures: ScenarioFigures[] = [];
  for (const [index, group] of groups.entries()) {
    if (stop.signal.aborted) break;
    const left = groups.slice(index).flat();
    const minutes = Math.ceil(budgetSeconds(left) / 60);
    if (!quick) console.error(`[${index + 1}/${groups.length}] ${group.join(', ')}; about ${minutes} min left`);
    const timeoutMs = Math.max(leastPatienceMs, patience * budgetSeconds(group) * 1000);
    const ran = await runScenarios({ names: group, quick, repetitions }, { timeoutMs, signal: stop.signal });
    figures.push(...group.map((name) => figuresOf(name, ran)));
  }
  return { machine, repetitions, quick, scenarios: figures };
}

function budgetSeconds(names: readonly string[]): number {
  return scenarios.reduce((sum, { name, budgetSeconds }) => sum + (names.includes(name) ? budgetSeconds : 0), 0);
}

function figuresOf(name: string, { figures, failure }: Ran): ScenarioFigures {
  const told = figures.find((one) => one.name === name);
  if (told) return told;
  return {
    name,
    about: scenarios.find((scenario) => scenario.name === name)?.about ?? '',
    status: 'failed',
    reason: failure ?? 'its process told nothing',
    measuredAt: new Date().toISOString(),
    seconds: 0,
    results: [],
    notes: [],
  };
}
