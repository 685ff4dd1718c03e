import crypto from 'node:crypto';
import type { SigningPurpose } from '@agentnet/protocol';

/** The scheme that signs the whole body and where it goes. */
export const detachedScheme = 'ed25519-v2';

/** Where a body is published, as its receiver sees it. */
export interface Place {
  readonly subject: string;
  /** The NATS reply subject; absent when nobody waits for an answer. */
  readonly reply?: string | undefined;
  readonly body: Uint8Array;
}

/** Who signs, when and for what. */
export interface Statement {
  readonly purpose: SigningPurpose;
  /** Empty in a registration that names no account. */
  readonly accountId: string;
  readonly agentId: string;
  /** Empty before there is a session. */
  readonly sessionTag: string;
  readonly publicKey: string;
  /** RFC 3339 in UTC. */
  readonly signedAt: string;
  /** Never used before, where a signature must count once; else empty. */
  readonly nonce: string;
}

/**
 * The bytes under an `ed25519-v2` signature. Every value stands behind its length, so that none can pass for several. Spec: rule `auth.v2.text`.
 */
export function detachedText(statement: Statement, { subject, reply = '', body }: Place): Buffer {
  const fields: readonly (readonly [string, string])[] = [
    ['scheme', detachedScheme],
    ['purpose', statement.purpose],
    ['subject', subject],
    ['reply', reply],
    ['account', statement.accountId],
    ['agent', statement.agentId],
    ['session', statement.sessionTag],
    ['key', statement.publicKey],
    ['at', statement.signedAt],
    ['nonce', statement.nonce],
    ['body', sha256(body)],
  ];
  let text = 'agentnet-signature\n';
  for (const [name, value] of fields) text += `${name}:${Buffer.byteLength(value)}:${value}\n`;
  return Buffer.from(text);
}

/** In one call where the runtime has it (Node.js 20.12), which costs a third. */
function sha256(body: Uint8Array): string {
  const { hash } = crypto as Partial<Pick<typeof crypto, 'hash'>>;
  return hash ? hash('sha256', body, 'hex') : crypto.createHash('sha256').update(body).digest('hex');
}
