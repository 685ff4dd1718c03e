import { type ErrorCode, errorCodes, isErrorCode, ProtocolError } from '@agentnet/protocol';

/**
 * Every failure this SDK reports; branch on `code`, never on the message. Tree: AgentNetError > RemoteError | TransportError | ValidationError.
 * `retryable` says whether the same call can succeed later.
 */
export class AgentNetError extends ProtocolError {
  override readonly name: string = 'AgentNetError';

  constructor(code: ErrorCode, detail: string, { cause }: { cause?: unknown } = {}) {
    super(code, detail, cause === undefined ? undefined : { cause });
  }
}

/** What a RemoteError knows besides its code. */
export interface RemoteErrorOptions {
  cause?: unknown;
  remoteCode?: string;
  remoteDetail?: string;
}

/** The other side refused or failed: a registry, or the agent a message went to. */
export class RemoteError extends AgentNetError {
  override readonly name = 'RemoteError';
  /** The other side's own code as it stood on the wire; with `delivery_rejected` the receipt's, e.g. `busy`. */
  readonly remoteCode: string | undefined;
  /** The other side's explanation as it stood on the wire. */
  readonly remoteDetail: string | undefined;

  constructor(code: ErrorCode, detail: string, { cause, remoteCode, remoteDetail }: RemoteErrorOptions = {}) {
    super(code, detail, { cause });
    this.remoteCode = remoteCode;
    this.remoteDetail = remoteDetail;
  }

  /** Whether the same call can succeed later: what the receipt's code says, where there is one. */
  override get retryable(): boolean {
    return isErrorCode(this.remoteCode) ? errorCodes[this.remoteCode].retryable : super.retryable;
  }
}

/** Nothing came back, or nothing could be sent: connection, credentials, time-outs, cancellation. */
export class TransportError extends AgentNetError {
  override readonly name = 'TransportError';
}

/** What the caller passed in, or what came back, breaks its rules. */
export class ValidationError extends AgentNetError {
  override readonly name = 'ValidationError';
}
