import type { AgentConfig } from '../config/agent-config.js';
import { readAccess } from '../config/read-access.js';
import type { Pause } from './call-model.js';
import { ClaudeProvider } from './claude.js';
import { OpenAiProvider } from './openai.js';
import type { Provider } from './provider.js';

const providers = { openai: OpenAiProvider, claude: ClaudeProvider };

/** The model of an agent. @throws {ConfigError} when the environment lacks what it needs */
export function openProvider(agent: AgentConfig, environment: NodeJS.ProcessEnv, pause?: Pause): Provider {
  return new providers[agent.provider](agent, readAccess(agent, environment), pause);
}
