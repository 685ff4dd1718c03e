import { type RuleId, rules } from '@agentnet/protocol';
import type { RawAccount } from '../../harness/raw-account.js';
import type { RawClient } from '../../harness/raw-client.js';
import type { ActingPeer, JoinOptions } from '../peer-process/acting-peer.js';
import type { Judge } from './judgement.js';

/** Who is on trial: one agent, two agents together, an agent with a registry, a registry alone. */
export type Role = 'agent' | 'pair' | 'client-registry' | 'registry';

/** Where a scenario plays: with a registry; with one that verifies signatures; on a NATS server where nobody else listens. */
export type NetworkKind = 'open' | 'signed' | 'bare';

/** What a peer may leave out; it names in its hello line what it has. Everything else of the peer protocol is for every peer. */
export const features = ['streams', 'blobs', 'signing', 'idempotency', 'processed', 'limits', 'capabilities'] as const;
export type Feature = (typeof features)[number];

/** What a scenario says about itself. */
export interface ScenarioFacts {
  /** Unique, `<group>.<name>`, for instance `receipts.happy`. */
  readonly id: string;
  /** A fact: "given ..., when ..., then ...". */
  readonly title: string;
  /** The conformance cases it plays, for instance `R-01`. */
  readonly cases: readonly string[];
  /** The rules it proves. */
  readonly rules: readonly RuleId[];
  /** Features a peer must offer to be put under it. @default [] */
  readonly needs?: readonly Feature[];
  /** @default 'open' */
  readonly network?: NetworkKind;
  /** Milliseconds it may take. @default 60_000 */
  readonly timeoutMs?: number;
}

/** What every scenario has: a raw connection, names of its own, a judge. */
export interface Stage {
  readonly natsUrl: string;
  /** A connection without any AgentNet code; what it sends is not judged, the answers are. */
  readonly client: RawClient;
  readonly judge: Judge;
  /** A name no other scenario uses: agent id, username, account id or subject token. Frames with it are shown when the scenario fails. */
  name(word?: string): string;
  /** A registered account in the scenario's hands. */
  account(username?: string): Promise<RawAccount>;
  /** A further raw connection, closed after the scenario. */
  connect(): Promise<RawClient>;
  /** Undoes something after the scenario, last first. */
  defer(step: () => unknown): void;
}

/** An agent under test against raw NATS. */
export interface AgentStage extends Stage {
  /** Joins an agent of the implementation under test; each call is a process of its own. */
  peer(options?: JoinOptions): Promise<ActingPeer>;
}

/** Two agents of two implementations. */
export interface PairStage extends Stage {
  /** Joins an agent of the first implementation: the one that sends and asks. */
  asker(options?: JoinOptions): Promise<ActingPeer>;
  /** Joins an agent of the second one: it receives and answers. */
  answerer(options?: JoinOptions): Promise<ActingPeer>;
}

/** A registry under test, reached by NATS only. */
export interface RegistryStage extends Stage {
  /** How it was configured, as far as its answers and its operator say. */
  readonly registry: { readonly ttlSeconds: number; readonly heartbeatSeconds: number; readonly signed: boolean };
}

interface StageOf {
  agent: AgentStage;
  pair: PairStage;
  'client-registry': AgentStage;
  registry: RegistryStage;
}

/** A scenario for one role. */
export type ScenarioOf<R extends Role> = ScenarioFacts & {
  readonly role: R;
  run(stage: StageOf[R]): Promise<void>;
};

export type Scenario = { [R in Role]: ScenarioOf<R> }[Role];

/** A scenario that puts one agent under test. */
export const agentScenario = (facts: ScenarioFacts, run: ScenarioOf<'agent'>['run']): ScenarioOf<'agent'> =>
  checked({ ...facts, role: 'agent', run });

/** A scenario for two agents, played by every ordered pair. */
export const pairScenario = (facts: ScenarioFacts, run: ScenarioOf<'pair'>['run']): ScenarioOf<'pair'> =>
  checked({ ...facts, role: 'pair', run });

/** A scenario of an agent as a client of the registry. */
export const clientScenario = (
  facts: ScenarioFacts,
  run: ScenarioOf<'client-registry'>['run'],
): ScenarioOf<'client-registry'> => checked({ ...facts, role: 'client-registry', run });

/** A scenario that puts a registry under test. */
export const registryScenario = (facts: ScenarioFacts, run: ScenarioOf<'registry'>['run']): ScenarioOf<'registry'> =>
  checked({ ...facts, role: 'registry', run });

/** @throws Error for a rule the specification lacks */
function checked<S extends ScenarioFacts>(scenario: S): S {
  const unknown = scenario.rules.filter((id) => !Object.hasOwn(rules, id));
  if (unknown.length > 0)
    throw new Error(`spec/rules.yaml has no rule ${unknown.join(', ')} (scenario ${scenario.id})`);
  return scenario;
}
