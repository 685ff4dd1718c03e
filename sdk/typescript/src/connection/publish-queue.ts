import type { Transport } from '@agentnet/protocol';
import type { AgentNetError } from '../errors.js';
import { toAgentNetError } from './to-agentnet-error.js';

type Publish = Transport['publish'];

/** Larger bodies fill a write of their own, and the server may refuse them, which their sender should hear at once. */
const smallBytes = 16_384;
const mostWaiting = 256;

/** What a queue works with. */
export interface PublishQueueOptions {
  readonly publish: Publish;
  /** Whether what waits may still be sent. */
  isUp(): boolean;
  onError(error: AgentNetError): void;
}

/**
 * Holds what is published until the code that is running has come to rest, and then hands it to the NATS client in order. The client writes
 * to its socket each time it is given something new: a receipt, a reply and a second receipt would be three writes, each as costly as the rest
 * of the work on a message.
 */
export class PublishQueue {
  readonly #options: PublishQueueOptions;
  #waiting: Parameters<Publish>[] = [];

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  readonly publish: Publish = (subject, body, options) => {
    if (body.length > smallBytes) {
      this.flush();
      this.#options.publish(subject, body, options);
      return;
    }
    // After the promises that are settled now have run, and before any input or output.
    if (this.#waiting.push([subject, body, options]) === 1) process.nextTick(this.flush);
    else if (this.#waiting.length >= mostWaiting) this.flush();
  };

  /** Hands over what waits; what a lost connection could only deliver later is dropped. */
  readonly flush = (): void => {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const { publish, isUp, onError } = this.#options;
    if (!isUp()) return;
    for (const [subject, body, options] of waiting) {
      try {
        publish(subject, body, options);
      } catch (cause) {
        // Nobody waits for one of many; their senders hear of a lost connection by its own way.
        onError(toAgentNetError(cause));
      }
    }
  };
}
