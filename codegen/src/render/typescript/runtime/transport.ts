/** One message as it came from the network. */
export interface TransportMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Where the sender wants the answer. */
  readonly reply?: string;
}

export interface TransportSubscription {
  /** Ends at once; messages not yet delivered are lost. */
  unsubscribe(): void;
  /** Takes no new messages, and resolves when those under way have been delivered. */
  drain(): Promise<void>;
}

/** All that generated code knows of the network. */
export interface Transport {
  /** Resolves with the body of the first answer. Rejects after `timeoutMs`, when nobody listens, or when `signal` is aborted. */
  request(subject: string, body: Uint8Array, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Uint8Array>;
  publish(subject: string, body: Uint8Array, options?: { reply?: string }): void;
  /** With `queue`, each message goes to one member of that group. */
  subscribe(
    subject: string,
    options: { queue?: string },
    onMessage: (message: TransportMessage) => void,
  ): TransportSubscription;
}
