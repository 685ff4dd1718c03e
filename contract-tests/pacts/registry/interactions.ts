import { readdirSync, readFileSync } from 'node:fs';
import { type ErrorCode, errorText, type JsonObject, type RpcName } from '@agentnet/protocol';
import { withKeys } from '../keys.js';
import type { State } from '../verification/pact-file.js';

/** One question to a registry and what the consumer relies on in the answer. */
export interface RegistryInteraction {
  readonly description: string;
  readonly operation: RpcName;
  readonly states: readonly State[];
  readonly request: JsonObject;
  /** Whether the request carries signatures, which differ each time. */
  readonly isSigned: boolean;
  readonly reply: JsonObject;
  /** JSON pointers into the reply whose value counts; of everything else, the type. */
  readonly exact: readonly string[];
  /** The refusal that the reply is. */
  readonly code: ErrorCode | undefined;
}

interface Answer {
  readonly description: string;
  readonly states: readonly State[];
  readonly request: JsonObject;
  readonly signed?: boolean;
  readonly reply: JsonObject;
  readonly exact: readonly string[];
}

interface Refused {
  readonly code: ErrorCode;
  readonly states: readonly State[];
  /** Default: that of the first answer. */
  readonly request?: JsonObject;
  readonly signed?: boolean;
}

/** One file of `interactions/registry`. */
export interface OperationFile {
  readonly operation: RpcName;
  readonly answers: readonly Answer[];
  readonly refusals: readonly Refused[];
  /** Codes of the operation that no pact asks for, with the reason. */
  readonly untold?: Readonly<Partial<Record<ErrorCode, string>>>;
}

const folder = new URL('../interactions/registry/', import.meta.url);

export function operationFiles(): OperationFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(withKeys(readFileSync(new URL(name, folder), 'utf8'))) as OperationFile);
}

/** Everything either SDK relies on. */
export function registryInteractions(): RegistryInteraction[] {
  return operationFiles().flatMap(({ operation, answers, refusals }) => [
    ...answers.map(
      ({ description, signed = false, ...answer }): RegistryInteraction => ({
        ...answer,
        operation,
        description: `${operation}: ${description}`,
        isSigned: signed,
        code: undefined,
      }),
    ),
    ...refusals.map(
      ({ code, states, request = answers[0]?.request ?? {}, signed = false }): RegistryInteraction => ({
        operation,
        description: `${operation} is refused: ${code}`,
        states,
        request,
        isSigned: signed,
        reply: {
          error: errorText(operation, code),
          code,
          // Longer than any call may take: otherwise the client would wait and ask again.
          ...(code === 'rate_limited' ? { retry_after_ms: 90_000 } : {}),
        },
        exact: ['/error', '/code'],
        code,
      }),
    ),
  ]);
}
