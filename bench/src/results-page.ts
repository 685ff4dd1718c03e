import type { Figures, ScenarioFigures } from './figures.js';
import type { Machine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { median } from './measure.js';
import { type Role, roles } from './process-use.js';
import type { Ratio, Result, SideResult } from './run.js';
import type { Kind } from './scenario.js';
import { type Judgement, judge } from './targets.js';

/** `bench/RESULTS.md`: every row of a run with its ratios, and what was promised beside what was measured. */
export function resultsPage(figures: Figures): string {
  const { machine, repetitions, quick, scenarios } = figures;
  const [first = ''] = scenarios.map(({ measuredAt }) => measuredAt).sort();
  const sections = [
    '# Benchmark results',
    `Written by \`npm run bench\`, measured on ${first.slice(0, 10)}. Not to be edited by hand: a test compares this page with the figures of the run in \`results/latest.json\`.`,
    ...(quick ? ['**A quick run: it shows that everything runs and measures nothing.**'] : []),
    machineTable(machine),
    ...(machine.loadBefore > machine.cores / 2 ? [busy] : []),
    '## Targets',
    targetsTable(judge(figures)),
    '## How to read the tables',
    reading(repetitions),
    ...scenarios.flatMap(scenarioSection),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Other work shows in the tails first, and in ratios of sides that need unlike numbers of processes. */
const busy =
  '**The machine was busy with other work before this run: rates and tails say little, ratios less than usual.**';

function machineTable(machine: Machine): string {
  const rows = [
    ['processor', `${machine.processor}, ${machine.cores} cores`],
    ['memory', `${machine.memoryGiB} GiB`],
    ['platform', `${machine.platform}, Node.js ${machine.node}, ${machine.python}`],
    ['servers', `${machine.natsServer}; ${machine.database}`],
    ['load before the run', machine.loadBefore.toFixed(2)],
  ];
  return markdownTable([{ heading: 'machine' }, { heading: '' }], rows);
}

function reading(repetitions: number): string {
  return [
    `- All processes of a row, the servers among them, share this machine. Rates depend on it; compare the ratios.`,
    `- Each figure is the median of ${repetitions} runs of each side, taken in turn after an uncounted one; a ratio is the median of the ratios within the turns.`,
    '- **N in flight**: a closed loop, a call starts when one ends. **Constant rate**: an open loop at half of what the slowest side can take, each latency counted from the time the call was due, so that a stall is seen by every call it held up.',
    '- Processor time is microseconds for each call or item of all threads of a process, from `/proc`; where nothing is counted, per cent of a core. Memory is what a process holds at the end of a run, in MiB.',
    '- In the plots, a line goes from the median over the 95th and the 99th percentile to the maximum.',
  ].join('\n');
}

const unitsOf: Readonly<Record<Kind, string>> = {
  calls: '/s',
  bulk: '/s',
  processor: '/s of processor time',
  time: 'ms',
  memory: 'KiB',
};

function targetsTable(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ target, value, isMet, beside }) => [
    target.text,
    `${target.scenario}: ${target.load}`,
    `${target.wanted} ${withUnit(target.limit, target.unit)}`,
    value === undefined ? 'not measured' : withUnit(value, target.unit),
    isMet === undefined ? '' : isMet ? 'met' : '**missed**',
    beside,
  ]);
  const headings = ['target', 'row', 'promised', 'measured', '', 'beside it'];
  return markdownTable(
    headings.map((heading) => ({ heading })),
    rows,
  );
}

function withUnit(value: number, unit: string): string {
  return `${value.toFixed(2)} ${unit}`;
}

function scenarioSection(scenario: ScenarioFigures): string[] {
  const { name, about, status, reason, results, notes, seconds } = scenario;
  const heading = [`## ${name}`, `${capitalised(about)}. Took ${seconds} s.`];
  const outcome = status === 'measured' ? [] : [`**${capitalised(status)}: ${reason ?? 'no reason was given'}**`];
  if (results.length === 0) return [...heading, ...outcome];
  return [
    ...heading,
    ...outcome,
    `![${name}](results/${name}.svg)`,
    resultsTable(results),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ];
}

function resultsTable(results: readonly Result[]): string {
  const seen = roles.filter((role) => results.some(({ sides }) => sides.some(({ processes }) => processes[role])));
  const columns = [
    { heading: 'load' },
    { heading: 'side' },
    ...[
      'rate',
      'p50',
      'p95',
      'p99',
      'max',
      ...seen.map((role) => `${role} µs`),
      ...seen.map((role) => `${role} MiB`),
    ].map((heading) => ({ heading, align: 'right' as const })),
  ];
  return markdownTable(
    columns,
    results.flatMap((result) => resultRows(result, seen)),
  );
}

function resultRows({ name, kind, loop, sides, ratios }: Result, seen: readonly Role[]): string[][] {
  const load = loop === 'open' ? `${name} (open loop)` : name;
  return sides.flatMap((side, index) => {
    const row = [index === 0 ? load : '', side.side, ...figureCells(kind, side), ...processCells(side, seen)];
    const ratio = ratios[index - 1];
    return ratio ? [row, ['', `**${sides[0]?.side} / ${side.side}**`, ...ratioCells(kind, ratio)]] : [row];
  });
}

function figureCells(kind: Kind, { samples }: SideResult): string[] {
  const of = (figure: 'perSecond' | 'p50' | 'p95' | 'p99' | 'max'): string =>
    spoken(median(samples.map((sample) => sample[figure])));
  const rate = hasRate(kind) ? `${of('perSecond')} ${unitsOf[kind]}` : '';
  if (kind === 'calls') return [rate, ...(['p50', 'p95', 'p99', 'max'] as const).map((figure) => `${of(figure)} ms`)];
  return hasRate(kind) ? [rate, '', '', '', ''] : ['', `${of('p50')} ${unitsOf[kind]}`, '', '', ''];
}

function ratioCells(kind: Kind, { perSecond, p50, p95, p99 }: Ratio): string[] {
  const bold = (value: number): string => (Number.isFinite(value) ? `**${value.toFixed(2)}**` : '');
  if (kind === 'calls') return [perSecond, p50, p95, p99].map(bold);
  return hasRate(kind) ? [bold(perSecond)] : ['', bold(p50)];
}

function processCells({ processes }: SideResult, seen: readonly Role[]): string[] {
  const time = seen.map((role) => {
    const figures = processes[role];
    if (!figures) return '';
    return figures.microseconds === undefined ? `${spoken(figures.corePercent)} %` : spoken(figures.microseconds);
  });
  return [...time, ...seen.map((role) => spoken(processes[role]?.memoryMiB))];
}

function hasRate(kind: Kind): boolean {
  return kind === 'calls' || kind === 'bulk' || kind === 'processor';
}

/** Three digits that count. */
function spoken(value: number | undefined): string {
  if (value === undefined) return '';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
