import type { JsonObject } from '@agentnet/protocol';
import { type AgentNetError, AgentSDK, type HandlerContext, type ReceivedMessage } from '@agentnet/sdk';
import type { AgentConfig } from '../config/agent-config.js';
import type { Provider } from '../providers/provider.js';
import { memberOf, textOf } from '../providers/read-events.js';
import { Budget } from './budget.js';
import { Memory } from './memory.js';
import { think } from './think.js';
import { ToolBelt } from './tool-belt.js';

/** What an agent needs from where it runs. */
export interface Surroundings {
  readonly natsUrl: string;
  readonly provider: Provider;
  /** Hears of failures; without secrets. */
  readonly onError: (agent: string, error: AgentNetError) => void;
}

/** Long enough for a few model calls behind one another. */
const workTimeoutMs = 180_000;

/**
 * Joins an agent whose answers are a model's. It takes `{text}`, optionally with `budget`, and answers `{text, turns_used}`; with `stream: true` it streams the
 * text as the model makes it.
 */
export async function joinLlmAgent(
  config: AgentConfig,
  { natsUrl, provider, onError }: Surroundings,
): Promise<AgentSDK> {
  const sdk = new AgentSDK({
    agentId: config.name,
    capabilities: config.capabilities,
    natsUrl,
    inbox: { workTimeoutMs },
    onError: (error) => onError(config.name, error),
  });
  const mind = { config, provider, tools: new ToolBelt(config.tools) };
  const memory = new Memory();
  sdk.onMessage(async (message, context) => {
    const question = questionOf(message);
    if (question === undefined) {
      if (message.reply_to !== undefined) await context.reply(unreadable);
      return;
    }
    const { from_account_id: sender = '', thread_id } = message;
    const budget = Budget.of(message.payload, config.budget);
    const turns = [...memory.recall(sender, thread_id), { role: 'user', text: question } as const];
    const told = listen(think(mind, turns, { sdk, budget, signal: context.signal }));
    const answer = await answerWith(told, message, context, budget);
    memory.keep(sender, thread_id, { question, answer });
  });
  await sdk.start();
  return sdk;
}

const unreadable: JsonObject = { error: 'bad_request', detail: 'write {"text": "..."}', example: { text: 'hello' } };

function questionOf({ payload }: ReceivedMessage): string | undefined {
  const text = typeof payload === 'string' ? payload : textOf(memberOf(payload, 'text'));
  return text.trim() === '' ? undefined : text;
}

interface Told {
  readonly chunks: AsyncIterable<string>;
  /** What was said so far. */
  readonly heard: () => string;
}

function listen(chunks: AsyncIterable<string>): Told {
  let heard = '';
  async function* pass(): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      heard += chunk;
      yield chunk;
    }
  }
  return { chunks: pass(), heard: () => heard };
}

async function answerWith(
  { chunks, heard }: Told,
  { payload, reply_to }: ReceivedMessage,
  { reply, stream }: HandlerContext,
  budget: Budget,
): Promise<string> {
  if (reply_to !== undefined && memberOf(payload, 'stream') === true) {
    await stream(chunks);
    return heard();
  }
  for await (const _chunk of chunks);
  if (reply_to !== undefined) await reply({ text: heard(), turns_used: budget.used });
  return heard();
}
