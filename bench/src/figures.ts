import type { Machine } from './machine.js';
import type { Result } from './run.js';

/** What one scenario showed. */
export interface ScenarioFigures {
  readonly name: string;
  readonly about: string;
  readonly status: 'measured' | 'skipped' | 'failed';
  /** Why it was skipped or failed. */
  readonly reason?: string;
  readonly measuredAt: string;
  /** What it took, preparation included. */
  readonly seconds: number;
  /** Of a failed scenario: the rows that were done. */
  readonly results: readonly Result[];
  readonly notes: readonly string[];
}

/** A whole run: the JSON artefact, from which tables and plots are drawn. */
export interface Figures {
  readonly machine: Machine;
  readonly repetitions: number;
  /** Whether it was only shown that everything runs. */
  readonly quick: boolean;
  readonly scenarios: readonly ScenarioFigures[];
}

const significantDigits = 4;

export function formatFigures(figures: Figures): string {
  const short = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(significantDigits)) : value;
  // A line for each scenario and row, so that two runs can be compared.
  return `${JSON.stringify(figures, short).replaceAll('{"name":', '\n{"name":')}\n`;
}

/** The figures with those of a later run in the place of its scenarios' older ones; both in the order of `names`. */
export function replaceScenarios(older: Figures, later: Figures, names: readonly string[]): Figures {
  const found = (name: string) =>
    later.scenarios.find((scenario) => scenario.name === name) ??
    older.scenarios.find((scenario) => scenario.name === name);
  return { ...later, scenarios: names.flatMap((name) => found(name) ?? []) };
}
