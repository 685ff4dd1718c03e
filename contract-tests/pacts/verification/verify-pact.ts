import { check, type JsonObject } from '@agentnet/protocol';
import { missingItems } from './missing-items.js';
import { examplesOf, type PactFile, type PactInteraction } from './pact-file.js';
import { runPactVerifier } from './pact-verifier.js';

/** Makes a state true. */
export type SetUpState = (parameters: JsonObject) => Promise<unknown>;
/** What the provider really sends for an interaction. */
export type Produce = (interaction: PactInteraction) => Promise<unknown>;

export interface ProviderUnderTest {
  /** By description; `*` for those without one of their own. */
  readonly produce: Readonly<Record<string, Produce>>;
  readonly states: Readonly<Record<string, SetUpState>>;
  /** After each interaction. */
  readonly reset?: () => Promise<void>;
}

/**
 * Verifies a pact against a provider. Pact by itself passes an interaction whose state handler throws or is missing, and takes a
 * handler that throws for one that answers `{}`; here each of these fails, and so does output that breaks its schema, and an
 * interaction that Pact did not ask for.
 *
 * @returns the descriptions that were verified
 * @throws {Error} everything that was wrong
 */
export async function verifyPact(pact: PactFile, provider: ProviderUnderTest): Promise<string[]> {
  const missing = missingHandlers(pact, provider);
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const run = new VerificationRun(pact, provider);
  const mismatches = await runPactVerifier(pact, Object.keys(provider.states), run);
  const asked = new Set(run.produced);
  const unasked = pact.interactions.filter(({ description }) => !asked.has(description));
  const problems = [...run.problems, ...unasked.map(({ description }) => `${description}: was not verified`)];
  if (mismatches !== '') problems.push(mismatches);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return run.produced;
}

/** Asks the provider on Pact's behalf and keeps what Pact would let pass. */
class VerificationRun {
  readonly problems: string[] = [];
  readonly produced: string[] = [];
  readonly #provider: ProviderUnderTest;
  readonly #interactions: ReadonlyMap<string, PactInteraction>;

  constructor({ interactions }: PactFile, provider: ProviderUnderTest) {
    this.#provider = provider;
    this.#interactions = new Map(interactions.map((interaction) => [interaction.description, interaction]));
  }

  setUp = async (state: string, parameters: JsonObject): Promise<void> => {
    await this.#noting(`state '${state}' failed`, async () => this.#provider.states[state]?.(parameters));
  };

  produce = async (description: string): Promise<unknown> => {
    const { produce, reset } = this.#provider;
    const interaction = this.#interactions.get(description);
    if (!interaction) return undefined;
    this.produced.push(description);
    const message = await this.#noting(`${description}: the provider failed`, async () =>
      (produce[description] ?? produce['*'])?.(interaction),
    );
    const [schema, example] = examplesOf(interaction).at(-1) ?? [];
    for (const { path, message: what } of schema ? check(schema, message) : [])
      this.problems.push(`${description}: the provider's ${schema}${path} ${what}`);
    for (const at of missingItems(example, message))
      this.problems.push(`${description}: the provider's ${at} is empty`);
    await this.#noting(`${description}: the reset failed`, async () => reset?.());
    return message;
  };

  async #noting<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (cause) {
      this.problems.push(`${what}: ${String(cause)}`);
      return undefined;
    }
  }
}

function missingHandlers({ interactions }: PactFile, { produce, states }: ProviderUnderTest): string[] {
  const problems = interactions.length === 0 ? ['the pact has no interactions'] : [];
  const used = new Set<string>();
  const descriptions = new Set<string>();
  for (const { description, providerStates = [], comments } of interactions) {
    if (descriptions.has(description)) problems.push(`${description}: is there twice`);
    descriptions.add(description);
    if (!produce[description] && !produce['*']) problems.push(`${description}: nobody produces it`);
    if (!comments?.references?.asyncapi) problems.push(`${description}: names no schema`);
    for (const { name } of providerStates) {
      used.add(name);
      if (!states[name]) problems.push(`${description}: no handler for the state '${name}'`);
    }
  }
  for (const name of Object.keys(states))
    if (!used.has(name)) problems.push(`no interaction needs the state '${name}'`);
  for (const name of Object.keys(produce))
    if (name !== '*' && !descriptions.has(name)) problems.push(`no interaction is called '${name}'`);
  return problems;
}
