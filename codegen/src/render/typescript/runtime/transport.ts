/** Headers beside a body, by exact name; a name that came more than once has its values joined by `, `. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** One message as it came from the network. */
export interface TransportMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Absent when there are none, when they cannot be read, and when they are longer than `limits.headersMaxBytes`. */
  readonly headers?: MessageHeaders | undefined;
  /** Where the sender wants the answer. */
  readonly reply?: string;
}

/** One subscription of a transport. */
export interface TransportSubscription {
  /** Ends at once; messages not yet delivered are lost. */
  unsubscribe(): void;
  /** Takes no new messages, and resolves when those under way have been delivered. */
  drain(): Promise<void>;
}

/** How one request is sent and waited for. */
export interface TransportRequest {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Where the answer is to go, for a signature that covers it. Default: what the transport chooses. */
  reply?: string;
  headers?: MessageHeaders;
}

/** All that generated code knows of the network. */
export interface Transport {
  /** Resolves with the body of the first answer. Rejects after `timeoutMs`, when nobody listens, or when `signal` is aborted. */
  request(subject: string, body: Uint8Array, options: TransportRequest): Promise<Uint8Array>;
  /** Sends one message, without waiting for anything. */
  publish(subject: string, body: Uint8Array, options?: { reply?: string; headers?: MessageHeaders }): void;
  /** With `queue`, each message goes to one member of that group. */
  subscribe(
    subject: string,
    options: { queue?: string },
    onMessage: (message: TransportMessage) => void,
  ): TransportSubscription;
}
