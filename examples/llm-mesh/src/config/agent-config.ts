import type { ToolName } from '@agentnet/protocol';

/** Whose API a model is spoken to with. */
export type ProviderName = 'openai' | 'claude';

/** What one piece of work may cost before it has to end; it travels in the messages. */
export interface BudgetLimits {
  /** How many agents may be asked one behind the other. */
  readonly hops: number;
  /** How many model calls all of them together may make. */
  readonly turns: number;
}

/** One agent of the YAML file, checked, with its prompt read. Keys are not in it: see `readAccess`. */
export interface AgentConfig {
  readonly name: string;
  readonly prompt: string;
  readonly provider: ProviderName;
  readonly model: string;
  /** Names of the environment's variables. */
  readonly keyEnv: string;
  readonly baseUrlEnv: string;
  readonly capabilities: readonly string[];
  /** The tools the model may use; all others are refused even if it asks for them. */
  readonly tools: readonly ToolName[];
  readonly maxTokens: number;
  readonly budget: BudgetLimits;
}
