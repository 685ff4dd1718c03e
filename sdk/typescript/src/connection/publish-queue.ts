import type { Transport } from '@agentnet/protocol';
import type { AgentNetError } from '../errors.js';
import { toAgentNetError } from './to-agentnet-error.js';

type Publish = Transport['publish'];
type Published = Parameters<Publish>;

interface Waiting {
  readonly published: Published | (() => Published | undefined);
  readonly onDropped?: (() => void) | undefined;
}

/** What else there is to say of something that is decided when it leaves. */
export interface LateOptions {
  /** About how long its body is. @default 0 */
  readonly bytes?: number;
  /** Hears that it did not leave: the connection was lost before, or the client refused it. */
  readonly onDropped?: () => void;
}

/** Larger bodies fill a write of their own, and the server may refuse them, which their sender should hear at once. */
const smallBytes = 16_384;
const mostWaiting = 256;
/** Many times what a reply takes to be asked for again, and too short for anybody to see. */
const rideMs = 5;

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
  #waiting: Waiting[] = [];
  #isDue = false;
  #riding: NodeJS.Timeout | undefined;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  readonly publish: Publish = (subject, body, options) => {
    if (body.length > smallBytes) {
      this.flush();
      this.#options.publish(subject, body, options);
      return;
    }
    this.#wait({ published: [subject, body, options] });
    this.#soon();
  };

  /** For what the code that is running still decides, in its place among what else is published. Large bodies leave at once, as they stand. */
  later(make: () => Published | undefined, { bytes = 0, onDropped }: LateOptions = {}): void {
    if (bytes > smallBytes) {
      this.flush();
      const published = make();
      if (published) this.#options.publish(...published);
      return;
    }
    this.#wait({ published: make, onDropped });
    this.#soon();
  }

  /**
   * For what nobody waits for: it leaves with whatever is published next, and after a few milliseconds by itself. A write of its own would
   * cost this process, the server and the receiver more than all else they do with it.
   *
   * @param onDropped - Hears that it did not leave: the connection was lost meanwhile, or the client refused it.
   */
  ride(published: Published, onDropped: () => void): void {
    this.#wait({ published, onDropped });
    if (!this.#isDue) this.#riding ??= setTimeout(this.flush, rideMs);
  }

  /** Hands over what waits; what a lost connection could only deliver later is dropped. */
  readonly flush = (): void => {
    this.#isDue = false;
    clearTimeout(this.#riding);
    this.#riding = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const { publish, isUp, onError } = this.#options;
    const isSent = isUp();
    for (const { published, onDropped } of waiting) {
      try {
        if (isSent) publishOne(publish, published);
        else onDropped?.();
      } catch (cause) {
        // Nobody waits for one of many; their senders hear of a lost connection by its own way.
        onError(toAgentNetError(cause));
        onDropped?.();
      }
    }
  };

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // After the promises that are settled now have run, and before any input or output.
    process.nextTick(this.flush);
  }

  #wait(waiting: Waiting): void {
    if (this.#waiting.push(waiting) >= mostWaiting) this.flush();
  }
}

function publishOne(publish: Publish, published: Waiting['published']): void {
  const made = typeof published === 'function' ? published() : published;
  if (made) publish(...made);
}
