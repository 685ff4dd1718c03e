import { median } from './measure.js';
import type { Result, SideResult } from './run.js';
import type { Kind } from './scenario.js';

const width = 920;
const labelWidth = 320;
const legendWidth = 110;
const sideHeight = 16;
const rowGap = 12;
const panelHead = 34;
const panelFoot = 30;
const margin = 14;
const plotWidth = width - labelWidth - legendWidth - 2 * margin;

/** Okabe and Ito's colours, which colour-blind people tell apart: AgentNet, raw, others. */
const colours = ['#0072b2', '#999999', '#d55e00', '#009e73', '#cc79a7'];

/** Rows that share an axis. */
interface Panel {
  readonly title: string;
  readonly rows: readonly PlottedRow[];
}

interface PlottedRow {
  readonly label: string;
  readonly sides: readonly PlottedSide[];
}

interface PlottedSide {
  readonly name: string;
  /** One value, or median, percentiles and maximum. */
  readonly values: readonly number[];
}

/** One picture of a scenario, as SVG; the same results give the same bytes. */
export function plotScenario(name: string, results: readonly Result[]): string {
  const panels = panelsOf(results);
  const names = [...new Set(panels.flatMap(({ rows }) => rows.flatMap(({ sides }) => sides.map((side) => side.name))))];
  const colourOf = (side: string): string => colours[names.indexOf(side) % colours.length] ?? '';
  let top = margin + 22;
  const drawn: string[] = [];
  for (const panel of panels) {
    drawn.push(drawPanel(panel, top, colourOf));
    top += panelHead + panel.rows.reduce((sum, row) => sum + rowHeight(row), 0) + panelFoot;
  }
  const height = Math.max(top, margin + 22 + names.length * 18) + margin;
  const legend = names.map((side, index) => {
    const [x, y] = [width - legendWidth, margin + 18 + index * 18];
    return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colourOf(side)}"/><text x="${x + 15}" y="${y}">${escaped(side)}</text>`;
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#222222">`,
    `<title>${escaped(name)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + 8}" font-size="15" font-weight="bold">${escaped(name)}</text>`,
    ...legend,
    ...drawn,
    '</svg>',
  ].join('\n')}\n`;
}

const titles: Readonly<Record<Kind, string>> = {
  calls: 'latency, ms: median, 95th and 99th percentile, maximum (left is better)',
  bulk: 'items per second (right is better)',
  processor: 'items per second of processor time (right is better)',
  time: 'time, ms (left is better)',
  memory: 'memory, KiB (left is better)',
};

function panelsOf(results: readonly Result[]): Panel[] {
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  return kinds.map((kind) => ({
    title: titles[kind],
    rows: results
      .filter((result) => result.kind === kind)
      .map(({ name, loop, sides }) => ({
        label: loop === 'open' ? `${name} (open loop)` : name,
        sides: sides.map((side) => ({ name: side.side, values: valuesOf(kind, side) })),
      })),
  }));
}

function valuesOf(kind: Kind, { samples }: SideResult): number[] {
  const of = (figure: 'perSecond' | 'p50' | 'p95' | 'p99' | 'max'): number =>
    median(samples.map((sample) => sample[figure]));
  if (kind === 'calls') return [of('p50'), of('p95'), of('p99'), of('max')];
  return [of(kind === 'bulk' || kind === 'processor' ? 'perSecond' : 'p50')];
}

function rowHeight({ sides }: PlottedRow): number {
  return sides.length * sideHeight + rowGap;
}

function drawPanel({ title, rows }: Panel, top: number, colourOf: (side: string) => string): string {
  const all = rows.flatMap(({ sides }) => sides.flatMap(({ values }) => values)).filter((value) => value > 0);
  const axis = logAxis(all);
  const first = top + panelHead;
  const bottom = first + rows.reduce((sum, row) => sum + rowHeight(row), 0);
  const ticks = axis.ticks.map((tick) => {
    const x = axis.place(tick);
    return `<line x1="${x}" x2="${x}" y1="${first - 4}" y2="${bottom}" stroke="#e4e4e4"/><text x="${x}" y="${bottom + 14}" text-anchor="middle" fill="#666666">${tickText(tick)}</text>`;
  });
  let y = first;
  const marks = rows.map((row) => {
    const drawn = drawRow(row, y, { place: axis.place, colourOf });
    y += rowHeight(row);
    return drawn;
  });
  return [`<text x="${margin}" y="${top + 18}" fill="#444444">${escaped(title)}</text>`, ...ticks, ...marks].join('\n');
}

interface Drawing {
  readonly place: (value: number) => number;
  readonly colourOf: (side: string) => string;
}

function drawRow({ label, sides }: PlottedRow, top: number, { place, colourOf }: Drawing): string {
  const labelY = top + (sides.length * sideHeight) / 2 + 4;
  const marks = sides.map(({ name, values }, index) => {
    const y = top + index * sideHeight + sideHeight / 2;
    const colour = colourOf(name);
    const places = values.map(place);
    const [start = 0] = places;
    const end = places.at(-1) ?? start;
    const line = `<line x1="${values.length > 1 ? start : margin + labelWidth}" x2="${end}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="${values.length > 1 ? 2 : 8}"/>`;
    const dots = places.map((x, nth) => `<circle cx="${x}" cy="${y}" r="${radii[nth] ?? 2}" fill="${colour}"/>`);
    return [line, ...(values.length > 1 ? dots : [])].join('');
  });
  return [`<text x="${margin}" y="${labelY}">${escaped(label)}</text>`, ...marks].join('\n');
}

/** The median stands out. */
const radii = [5, 3.5, 2.5, 1.5];

interface Axis {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

/** From the power of ten below the least value to the one above the greatest. */
export function logAxis(values: readonly number[]): Axis {
  const least = Math.floor(Math.log10(Math.min(...values, Number.MAX_VALUE)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values, Number.MIN_VALUE))));
  if (!Number.isFinite(least) || values.length === 0) return { ticks: [1], place: () => margin + labelWidth };
  const perDecade = plotWidth / (most - least);
  const place = (value: number): number => {
    const decades = value > 0 ? Math.log10(value) - least : 0;
    return rounded(margin + labelWidth + Math.max(0, decades) * perDecade);
  };
  return { ticks: Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index)), place };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function tickText(tick: number): string {
  return tick >= 1 ? tick.toLocaleString('en') : String(Number(tick.toPrecision(1)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
