import type { ScenarioFigures } from './figures.js';
import type { Network } from './network.js';
import { compare, type Result } from './run.js';
import { type Prepared, type Scenario, Unavailable } from './scenario.js';

export interface MeasureOptions {
  readonly quick: boolean;
  readonly repetitions: number;
  /** Hears how to end the scenario early, as soon as there is something to end. */
  readonly onPrepared?: (prepared: Prepared) => void;
}

/** Runs one scenario; whatever goes wrong becomes part of its figures. */
export async function measureScenario(
  scenario: Scenario,
  network: Network,
  { quick, repetitions, onPrepared }: MeasureOptions,
): Promise<ScenarioFigures> {
  const { name, about } = scenario;
  const begun = performance.now();
  const results: Result[] = [];
  const notes: string[] = [];
  const figures = (outcome: Pick<ScenarioFigures, 'status' | 'reason'>): ScenarioFigures => ({
    name,
    about,
    ...outcome,
    measuredAt: new Date().toISOString(),
    seconds: Math.round((performance.now() - begun) / 1000),
    results,
    notes,
  });
  try {
    const prepared = await scenario.prepare(network, { quick });
    onPrepared?.(prepared);
    try {
      for (const comparison of prepared.comparisons) {
        console.error(`${name}: ${comparison.name} …`);
        const rounds = { repetitions, warmUp: !quick, processes: () => network.processes() };
        results.push(await compare(comparison, rounds));
      }
      notes.push(...(prepared.notes?.() ?? []));
    } finally {
      await prepared.close();
    }
    return figures({ status: 'measured' });
  } catch (cause) {
    if (cause instanceof Unavailable) return figures({ status: 'skipped', reason: cause.message });
    console.error(cause);
    return figures({ status: 'failed', reason: reasonOf(cause) });
  }
}

const reasonMaxLength = 300;

/** One line for the table; folders of this machine stay out. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [line = ''] = text.split('\n');
  return line.replaceAll(/(?:\/[\w.@-]+){2,}/g, '…').slice(0, reasonMaxLength);
}
