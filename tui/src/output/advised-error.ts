import { type ErrorCode, ProtocolError } from '@agentnet/protocol';

/** A failure for which there is better advice than what its code has in general. */
export class AdvisedError extends ProtocolError {
  constructor(
    code: ErrorCode,
    detail: string,
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(code, detail, options);
  }
}
