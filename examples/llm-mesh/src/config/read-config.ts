import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ToolName, tools } from '@agentnet/protocol';
import { LineCounter, type Node, parseDocument } from 'yaml';
import type { AgentConfig, BudgetLimits, ProviderName } from './agent-config.js';
import { ConfigError } from './config-error.js';
import { YamlPlace } from './yaml-place.js';

const toolNames = Object.keys(tools) as ToolName[];
const members = [
  'name',
  'prompt',
  'provider',
  'model',
  'key_env',
  'base_url_env',
  'capabilities',
  'tools',
  'max_tokens',
  'budget',
];
const variables: Readonly<Record<ProviderName, { keyEnv: string; baseUrlEnv: string }>> = {
  openai: { keyEnv: 'OPENAI_API_KEY', baseUrlEnv: 'OPENAI_BASE_URL' },
  claude: { keyEnv: 'ANTHROPIC_API_KEY', baseUrlEnv: 'ANTHROPIC_BASE_URL' },
};
const defaultBudget: BudgetLimits = { hops: 3, turns: 12 };
const defaultMaxTokens = 1024;

/**
 * Reads the agents of a YAML file and their prompt files, which stand beside it.
 *
 * @param only - Names of the agents wanted; all when empty.
 * @throws {ConfigError} that names file, line, problem and remedy
 */
export function readConfig(file: string, only: readonly string[] = []): AgentConfig[] {
  const top = parse(file);
  top.onlyHas(['agents']);
  const places = top.member('agents').items();
  const agents = places.map((place) => readAgent(place, dirname(file)));
  for (const [index, { name }] of agents.entries()) {
    if (agents.findIndex((other) => other.name === name) < index)
      places[index]?.member('name').refuse('is taken by an agent above', 'give each agent a name of its own');
  }
  if (agents.length === 0) top.member('agents').refuse('is empty', 'describe at least one agent');
  for (const name of only) {
    if (!agents.some((agent) => agent.name === name))
      throw new ConfigError(
        `--only ${name}: ${file} has no such agent; it has ${agents.map((one) => one.name).join(', ')}`,
      );
  }
  return only.length === 0 ? agents : agents.filter(({ name }) => only.includes(name));
}

function parse(file: string): YamlPlace {
  const lines = new LineCounter();
  const document = parseDocument(
    readText(file, (why) => new ConfigError(`${file}: ${why}; --config names the YAML file`)),
    {
      lineCounter: lines,
      uniqueKeys: true,
    },
  );
  const [error] = document.errors;
  if (error) throw new ConfigError(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`);
  return new YamlPlace(file, lines, 'the file', document.contents as Node | null);
}

function readAgent(place: YamlPlace, folder: string): AgentConfig {
  place.onlyHas(members);
  const provider = place.member('provider').oneOf(['openai', 'claude'] as const);
  return {
    name: readName(place.member('name')),
    prompt: readPrompt(place.member('prompt'), folder),
    provider,
    model: place.member('model').text('write the name the provider knows the model by'),
    keyEnv: readVariable(place.member('key_env'), variables[provider].keyEnv),
    baseUrlEnv: readVariable(place.member('base_url_env'), variables[provider].baseUrlEnv),
    capabilities: optional(place.member('capabilities'), [], (list) => list.items().map(readCapability)),
    tools: optional(place.member('tools'), [], (list) => list.items().map((tool) => tool.oneOf(toolNames))),
    maxTokens: optional(place.member('max_tokens'), defaultMaxTokens, (number) => number.integer(1, 100_000)),
    budget: optional(place.member('budget'), defaultBudget, readBudget),
  };
}

function readName(place: YamlPlace): string {
  const remedy = 'write 1 to 64 lower-case letters, digits and _';
  const name = place.text(remedy);
  return /^[a-z0-9_]{1,64}$/.test(name) ? name : place.refuse('is no username', remedy);
}

function readPrompt(place: YamlPlace, folder: string): string {
  const path = place.text('name a text file beside the YAML file');
  return readText(join(folder, path), (why) => place.refuse(why, 'the path is relative to the YAML file'));
}

function readVariable(place: YamlPlace, fallback: string): string {
  if (place.isAbsent) return fallback;
  const remedy = 'write the NAME of an environment variable, such as OPENAI_API_KEY, never the value itself';
  const name = place.text(remedy);
  // The refused text is not repeated: it may be a key.
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? name : place.refuse('is no name of a variable', remedy);
}

function readCapability(place: YamlPlace): string {
  const remedy = 'write dotted names of letters, digits, _ and -, such as sports.analysis';
  const name = place.text(remedy);
  return /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}$/.test(name) ? name : place.refuse('is no capability', remedy);
}

function readBudget(place: YamlPlace): BudgetLimits {
  place.onlyHas(['hops', 'turns']);
  return {
    hops: optional(place.member('hops'), defaultBudget.hops, (number) => number.integer(0, 16)),
    turns: optional(place.member('turns'), defaultBudget.turns, (number) => number.integer(1, 256)),
  };
}

function optional<T>(place: YamlPlace, fallback: T, read: (place: YamlPlace) => T): T {
  return place.isAbsent ? fallback : read(place);
}

function readText(file: string, refuse: (why: string) => Error): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw refuse(`cannot be read (${(cause as NodeJS.ErrnoException).code})`);
  }
}
