import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { JsonObject } from '@agentnet/protocol';
import { environment } from './environment.js';
import type { PactFile } from './pact-file.js';

/** What Pact wants to know while it verifies; neither may reject. */
export interface PactQuestions {
  setUp(state: string, parameters: JsonObject): Promise<void>;
  produce(description: string): Promise<unknown>;
}

type Question = { readonly id: number } & (
  | { readonly state: string; readonly parameters: JsonObject }
  | { readonly produce: string }
);

const program = new URL('./run-verifier.mjs', import.meta.url);
const failures = /^Failures:$[\s\S]*/m;

/** @returns what Pact found wrong, in its words; empty when nothing */
export async function runPactVerifier(
  pact: PactFile,
  states: readonly string[],
  questions: PactQuestions,
): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'agentnet-verify-'));
  const file = join(dir, 'pact.json');
  writeFileSync(file, JSON.stringify(pact));
  const names = { descriptions: pact.interactions.map(({ description }) => description), states };
  const child = fork(program, [pact.provider.name, file, JSON.stringify(names)], {
    silent: true,
    env: { ...process.env, ...environment },
  });
  try {
    const output = collect(child);
    child.on('message', (question: Question) => void answer(child, question, questions));
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) return '';
    const said = stripVTControlCharacters(output());
    return failures.exec(said)?.[0] ?? `the verifier ended with ${code}:\n${said}`;
  } finally {
    child.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function answer(child: ChildProcess, question: Question, { setUp, produce }: PactQuestions): Promise<void> {
  const message =
    'state' in question ? await setUp(question.state, question.parameters) : await produce(question.produce);
  child.send({ id: question.id, message: message ?? null });
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [stdout, stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => void chunks.push(text));
  return () => chunks.join('');
}
