import type { CallOptions, ErrorCode, JsonValue, ToolName } from '@agentnet/protocol';
import type { AgentNode } from '../agent-node.js';
import { AgentNetError, RemoteError } from '../errors.js';
import { type GivenToolCall, readArguments, requireTool, type ToolArguments } from './read-tool-call.js';
import { toolCalls } from './tool-calls.js';

/** Why a tool call failed, in words a model can act on. */
export interface ToolError {
  readonly code: ErrorCode;
  /** The other agent's own code, where it refused. */
  readonly remote_code?: string;
  readonly detail: string;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;
}

/** What a tool call came to; JSON all through, so that it can be handed to the model as it is. */
export type ToolResult =
  | { readonly ok: true; readonly result: JsonValue }
  | { readonly ok: false; readonly error: ToolError };

/** Makes one call; what fails by code comes back as an error, anything else is a bug and is thrown. */
export async function callTool(
  node: AgentNode,
  { name, args }: GivenToolCall,
  options: CallOptions,
): Promise<ToolResult> {
  try {
    const tool = requireTool(name);
    return { ok: true, result: await run(node, tool, { args: readArguments(tool, args), options }) };
  } catch (cause) {
    if (!(cause instanceof AgentNetError)) throw cause;
    return { ok: false, error: toToolError(cause) };
  }
}

function run<N extends ToolName>(
  node: AgentNode,
  name: N,
  { args, options }: { args: ToolArguments[N]; options: CallOptions },
): Promise<JsonValue> {
  return toolCalls[name](node, args, options);
}

function toToolError(error: AgentNetError): ToolError {
  const { code, detail, retryable } = error;
  const remoteCode = error instanceof RemoteError ? error.remoteCode : undefined;
  return { code, detail, retryable, ...(remoteCode === undefined ? {} : { remote_code: remoteCode }) };
}
