import { check, type JsonObject, type JsonValue, type Models, type ToolName, tools } from '@agentnet/protocol';
import { AgentNetError, type AgentSDK } from '@agentnet/sdk';
import type { OfferedTool, ToolAnswer, ToolCall } from '../providers/provider.js';
import { isObject, textOf } from '../providers/read-events.js';
import { type Budget, budgeted } from './budget.js';

const reaching: readonly ToolName[] = ['ask', 'send'];
const longestAnswer = 16_000;

/** What a tool call belongs to. */
export interface Errand {
  readonly sdk: AgentSDK;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** The tools one agent's model may use, and nothing else. */
export class ToolBelt {
  constructor(private readonly allowed: readonly ToolName[]) {}

  /** What the model is told of: no way to other agents once the budget is spent. */
  offer(budget: Budget): OfferedTool[] {
    const names = this.allowed.filter((name) => budget.reachesOthers || !reaching.includes(name));
    return names.map((name) => ({ name, description: tools[name].description, parameters: tools[name].parameters }));
  }

  /** Makes a call. What goes wrong is told to the model, which can do something about it. */
  async use(call: ToolCall, errand: Errand): Promise<ToolAnswer> {
    const result = await this.#run(call, errand);
    const text = JSON.stringify(result);
    const failed = isObject(result) && result['error'] !== undefined;
    return { id: call.id, text: text.length > longestAnswer ? `${text.slice(0, longestAnswer)}…` : text, failed };
  }

  async #run({ name, args }: ToolCall, errand: Errand): Promise<JsonValue> {
    const { sdk, budget, signal } = errand;
    const tool = this.allowed.find((one) => one === name);
    if (!tool) return refusal('tool_not_allowed', `you may use ${this.allowed.join(', ') || 'no tools'}`);
    const given = reaching.includes(tool) ? readArguments(tool, args) : undefined;
    if (given === undefined) {
      // The SDK checks the arguments and explains what is wrong with them.
      const made = await sdk.callTool(tool, args, { signal });
      return made.ok ? made.result : refusal(made.error.code, made.error.detail);
    }
    if (!budget.reachesOthers) return refusal('budget_spent', 'answer with what you know');
    return reach(tool, given, errand).catch((cause: unknown) => explain(cause, signal));
  }
}

/** Checked arguments; undefined when they are not in order. Null counts as left out: models write it where they have nothing to say. */
function readArguments(tool: ToolName, args: string): JsonObject | undefined {
  try {
    const value = JSON.parse(args) as JsonValue;
    if (!isObject(value)) return undefined;
    const given = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
    return check(tools[tool].argumentsSchema, given).length === 0 ? given : undefined;
  } catch {
    return undefined;
  }
}

/** As the SDK's own tools `ask` and `send`, with the budget in the message. */
async function reach(tool: ToolName, args: JsonObject, { sdk, budget, signal }: Errand): Promise<JsonValue> {
  const { to, text, thread_id, until } = args as unknown as Models['AskArguments'] &
    Pick<Models['SendArguments'], 'until'>;
  const options = { signal, ...(thread_id === undefined ? {} : { threadId: thread_id }) };
  if (tool === 'send') {
    const given = budget.forMessage();
    budget.spend(given.turns);
    const sent = await sdk.sendJson(to, budgeted(text, given), {
      ...options,
      ...(until === undefined ? {} : { until }),
    });
    return { message_id: sent.messageId, thread_id: sent.threadId };
  }
  const given = budget.forQuestion();
  const answer = await sdk.askJson(to, budgeted(text, given), options);
  budget.spendAnswered(answer.payload, given);
  return { text: textOf(answer.text), thread_id: answer.threadId, from: answer.from.agentId ?? null };
}

function explain(cause: unknown, signal: AbortSignal): JsonValue {
  signal.throwIfAborted();
  if (!(cause instanceof AgentNetError)) throw cause;
  return refusal(cause.code, cause.detail);
}

function refusal(error: string, detail: string): JsonObject {
  return { error, detail };
}
