import type { AgentNetError, AgentSDK } from '@agentnet/sdk';
import type { AgentConfig } from '../config/agent-config.js';
import type { Pause } from '../providers/call-model.js';
import { openProvider } from '../providers/open-provider.js';
import { joinLlmAgent } from './llm-agent.js';

export interface MeshOptions {
  readonly agents: readonly AgentConfig[];
  readonly natsUrl: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onError: (agent: string, error: AgentNetError) => void;
  readonly pause?: Pause;
}

/** Agents on the network. */
export interface Mesh {
  readonly members: readonly AgentSDK[];
  close(): Promise<void>;
}

/** Joins all agents, or none: what one cannot start with is thrown after the others have left. */
export async function runMesh({ agents, natsUrl, environment, onError, pause }: MeshOptions): Promise<Mesh> {
  const minds = agents.map((config) => ({ config, provider: openProvider(config, environment, pause) }));
  const joining = await Promise.allSettled(
    minds.map(({ config, provider }) => joinLlmAgent(config, { natsUrl, provider, onError })),
  );
  const members = joining.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.close()));
  };
  const failed = joining.find((one) => one.status === 'rejected');
  if (!failed) return { members, close };
  await close();
  throw failed.reason;
}
