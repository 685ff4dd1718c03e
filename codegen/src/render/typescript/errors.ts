import type { ErrorCode, Protocol } from '../../model/protocol.js';
import { propertyKey, quote } from './names.js';

/** `errors.ts`: the error codes and the one error class of the generated package. */
export function renderErrors({ errorCodes }: Protocol): string {
  const wireFields = [...new Set(errorCodes.flatMap(({ wireTexts }) => Object.keys(wireTexts)))];
  return `/** Every way in which a call or a message can fail. */
export type ErrorCode =
${errorCodes.map(({ code }) => `  | ${quote(code)}`).join('\n')};

/** What the spec says about one error code. */
export interface ErrorCodeFacts {
  /** Who raises it. */
  readonly origin: 'registry' | 'peer' | 'local';
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;
  /** One sentence for people. */
  readonly text: string;
${wireFields.map((field) => `  /** The protocol's exact \`${field}\` text on the wire. */\n  readonly ${propertyKey(field)}?: string;`).join('\n')}
}

/** Every way in which a call or a message can fail, by code. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeFacts>> = {
${errorCodes.map(renderFacts).join('\n')}
};

/** A failure with a code of the spec. Its message is \`[code] detail\`. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options?: { cause?: unknown },
  ) {
    super(\`[\${code}] \${detail}\`, options);
  }

  /** Whether the same call can succeed later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** Whether this version of the spec knows \`value\` as an error code. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
`;
}

function renderFacts({ code, origin, isRetryable, text, wireTexts }: ErrorCode): string {
  const wire = Object.entries(wireTexts).map(([field, value]) => `    ${propertyKey(field)}: ${quote(value)},\n`);
  return `  ${propertyKey(code)}: {\n    origin: ${quote(origin)},\n    retryable: ${isRetryable},\n    text: ${quote(text)},\n${wire.join('')}  },`;
}
