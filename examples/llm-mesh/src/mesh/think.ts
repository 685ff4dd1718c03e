import type { AgentConfig } from '../config/agent-config.js';
import type { ModelAnswer, Provider, Turn } from '../providers/provider.js';
import type { Errand, ToolBelt } from './tool-belt.js';

/** What an agent thinks with. */
export interface Mind {
  readonly config: Pick<AgentConfig, 'prompt'>;
  readonly provider: Provider;
  readonly tools: ToolBelt;
}

const spent = 'The budget of this conversation is spent.';

/** Answers a question with as many model calls and tool calls as the budget allows; gives the text as it is made. */
export async function* think(
  { config, provider, tools }: Mind,
  before: readonly Turn[],
  errand: Errand,
): AsyncGenerator<string> {
  const { budget, signal } = errand;
  const turns = [...before];
  let said = '';
  while (budget.turns > 0) {
    budget.spend(1);
    const offered = budget.turns > 0 ? tools.offer(budget) : [];
    const answer: ModelAnswer = yield* provider.answer({ system: config.prompt, turns, tools: offered, signal });
    said += answer.text;
    if (answer.toolCalls.length === 0) return;
    turns.push({ role: 'assistant', ...answer });
    const answers = [];
    // One after the other: each may spend what the next one would need.
    for (const call of answer.toolCalls) answers.push(await tools.use(call, errand));
    turns.push({ role: 'tools', answers });
  }
  if (said === '') yield spent;
}
