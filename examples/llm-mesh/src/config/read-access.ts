import type { AgentConfig } from './agent-config.js';
import { ConfigError } from './config-error.js';
import { Secret } from './secret.js';

/** Where a model is and what lets us in. */
export interface ModelAccess {
  readonly baseUrl: URL;
  readonly key: Secret;
}

const officialUrls = { openai: 'https://api.openai.com', claude: 'https://api.anthropic.com' } as const;
const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** @throws {ConfigError} that names the variable and what it must hold, never what it holds */
export function readAccess(agent: AgentConfig, environment: NodeJS.ProcessEnv): ModelAccess {
  const key = environment[agent.keyEnv]?.trim();
  if (!key) throw new ConfigError(`agent ${agent.name} needs ${agent.keyEnv}; export it before the start`);
  return { baseUrl: readBaseUrl(agent, environment), key: new Secret(key) };
}

function readBaseUrl({ name, provider, baseUrlEnv }: AgentConfig, environment: NodeJS.ProcessEnv): URL {
  const text = environment[baseUrlEnv]?.trim() || officialUrls[provider];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new ConfigError(`agent ${name}: ${baseUrlEnv} is no address; write https://host, without user and password`);
  // A key that travels in clear text is everybody's.
  if (url.protocol === 'http:' && !loopback.includes(url.hostname))
    throw new ConfigError(
      `agent ${name}: ${baseUrlEnv} is not encrypted; write https://, http:// is for this machine only`,
    );
  return url;
}
