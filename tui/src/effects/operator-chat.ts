import type { AgentNode } from '@agentnet/sdk';
import { failureOf, failureText } from '../output/report-failure.js';
import { joinOperator } from '../session/join-operator.js';
import type { NetworkOptions } from '../session/network-options.js';
import type { Action } from '../state/action.js';
import { payloadOf } from '../state/chat-payload.js';
import type { Asking } from '../state/effect.js';
import { sanitize, sanitizeLine } from '../text/sanitize.js';
import { payloadText } from '../traffic/index.js';

/** Between two looks at an answer that grows. */
const deltaMs = 50;

export interface OperatorChatOptions {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
  dispatch: (action: Action) => void;
}

/** The operator's own agent. It joins when the first message is to be sent: whoever only looks stays invisible. */
export class OperatorChat {
  readonly #options: OperatorChatOptions;
  #joining: Promise<AgentNode> | undefined;
  readonly #underWay = new Map<string, AbortController>();

  constructor(options: OperatorChatOptions) {
    this.#options = options;
  }

  /** Sends what the operator said, and tells what comes of it. Never throws. */
  async ask(asking: Asking): Promise<void> {
    const { entryId, threadId } = asking;
    const controller = new AbortController();
    this.#underWay.set(entryId, controller);
    const isCurrent = () => this.#underWay.get(entryId) === controller;
    try {
      const node = await this.#join();
      if (!isCurrent()) return;
      if (asking.wantsReply) await this.#question(node, asking, controller.signal);
      else await this.#statement(node, asking, controller.signal);
    } catch (cause) {
      if (isCurrent())
        this.#tell({ type: 'askFailed', threadId, entryId, error: sanitizeLine(failureText(failureOf(cause))) });
    } finally {
      if (isCurrent()) this.#underWay.delete(entryId);
    }
  }

  /** Stops waiting; what comes after that is not told. */
  cancel(entryId: string): void {
    const controller = this.#underWay.get(entryId);
    this.#underWay.delete(entryId);
    controller?.abort();
  }

  /** Says goodbye, if it ever joined. */
  async close(): Promise<void> {
    for (const entryId of [...this.#underWay.keys()]) this.cancel(entryId);
    const node = await this.#joining?.catch(() => undefined);
    await node?.close();
  }

  async #question(node: AgentNode, { to, text, threadId, key, entryId }: Asking, signal: AbortSignal): Promise<void> {
    const answer = node.askStream({ to, payload: payloadOf(text), threadId, idempotencyKey: key, signal });
    let waiting = '';
    let toldAt = 0;
    for await (const delta of answer) {
      waiting += delta;
      if (performance.now() - toldAt < deltaMs) continue;
      toldAt = performance.now();
      if (!signal.aborted) this.#tell({ type: 'answerGrew', threadId, entryId, text: sanitize(waiting) });
      waiting = '';
    }
    const whole = sanitize(await answer.text);
    if (!signal.aborted) this.#tell({ type: 'answered', threadId, entryId, text: whole });
  }

  async #statement(node: AgentNode, { to, text, threadId, key, entryId }: Asking, signal: AbortSignal): Promise<void> {
    const options = { payload: payloadOf(text), threadId, idempotencyKey: key, signal };
    const capability = /^capability:(.+)$/.exec(to)?.[1];
    if (capability === undefined) await node.send({ to, ...options });
    else await node.sendToCapability({ capability, ...options });
    if (!signal.aborted) this.#tell({ type: 'delivered', threadId, entryId });
  }

  #join(): Promise<AgentNode> {
    this.#joining ??= this.#open();
    return this.#joining;
  }

  async #open(): Promise<AgentNode> {
    const { network, environment } = this.#options;
    try {
      const node = await joinOperator(network, {
        environment,
        maxReconnectAttempts: -1,
        onMessage: ({ message_id, thread_id, from_account_id, from_agent, payload }) => {
          const from = sanitizeLine(from_account_id ?? from_agent ?? 'somebody');
          this.#tell({
            type: 'incoming',
            threadId: thread_id,
            from,
            text: payloadText(payload),
            id: `incoming ${message_id}`,
          });
        },
      });
      this.#tell({ type: 'joined', accountId: node.accountId, username: sanitizeLine(node.username) });
      return node;
    } catch (cause) {
      // The next message tries again.
      this.#joining = undefined;
      throw cause;
    }
  }

  #tell(action: Action): void {
    this.#options.dispatch(action);
  }
}
