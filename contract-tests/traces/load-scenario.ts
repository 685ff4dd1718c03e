import { readdirSync, readFileSync } from 'node:fs';
import { parseRecordedFrame, type RecordedFrame } from '../kit/judge/captured-frame.js';

/** One recorded scenario of the protocol's first version. */
export interface Scenario {
  /** File name without its ending, such as `05-send-with-receipts`. */
  readonly name: string;
  /** What was done, in the recorder's words. */
  readonly note: string;
  readonly frames: readonly RecordedFrame[];
}

/** Where the recordings are: with auth off, and of the agents of a network with auth on. */
export type Recording = 'recorded' | 'recorded-auth';

/** Every recorded scenario, in the order in which they were recorded. */
export function loadScenarios(recording: Recording = 'recorded'): readonly Scenario[] {
  const folder = new URL(`${recording}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => parseScenario(file.replace(/\.jsonl$/, ''), readFileSync(new URL(file, folder), 'utf8')));
}

export function scenarioNumbered(number: number): Scenario {
  const found = loadScenarios().find(({ name }) => numberOf(name) === number);
  if (!found) throw new Error(`no recorded scenario has the number ${number}`);
  return found;
}

export function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

function parseScenario(name: string, text: string): Scenario {
  const [head, ...lines] = text.trim().split('\n');
  const { _meta: meta } = JSON.parse(head ?? '{}') as { _meta: { note: string | null } };
  return { name, note: meta.note ?? '', frames: lines.map(parseRecordedFrame) };
}
