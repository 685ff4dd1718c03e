/** What can go wrong with a model. */
export type ModelErrorCode =
  | 'model_unauthorized'
  | 'model_rate_limited'
  | 'model_unavailable'
  | 'model_refused'
  | 'model_answer_cut'
  | 'model_answer_unreadable';

/** A model that gave no usable answer. The text names the remedy and no secret. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  constructor(
    readonly code: ModelErrorCode,
    detail: string,
    options?: { cause?: unknown },
  ) {
    super(`[${code}] ${detail}`, options);
  }
}
