import { ModelError } from './model-error.js';
import type { ToolCall } from './provider.js';

const mostCalls = 16;

/** Tool calls that arrive in pieces, each under its index. */
export class GrowingCalls {
  readonly #calls = new Map<number, { id: string; name: string; args: string }>();

  /** @throws {ModelError} `model_answer_unreadable` for more calls than anybody needs */
  grow(index: number, { id, name, args }: Partial<ToolCall>): void {
    const call = this.#calls.get(index) ?? { id: '', name: '', args: '' };
    this.#calls.set(index, { id: id || call.id, name: name || call.name, args: call.args + (args ?? '') });
    if (this.#calls.size > mostCalls)
      throw new ModelError('model_answer_unreadable', `the model wants more than ${mostCalls} tool calls at once`);
  }

  /** All of them; one without an id gets one, because its answer needs it. */
  all(): ToolCall[] {
    return [...this.#calls].map(([index, call]) => ({ ...call, id: call.id || `call_${index}` }));
  }
}
