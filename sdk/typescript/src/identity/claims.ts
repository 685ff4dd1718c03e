import { createHash } from 'node:crypto';
import type { ReceivedMessage } from '../received-message.js';
import { canonicalJson } from './canonical-json.js';
import { JsonScanner } from './json-scanner.js';
import { pythonNumber } from './python-number.js';

/** The facts under a signature; every value is a text. */
export type Claims = ReadonlyMap<string, string>;

/** What a signed registration says about itself. Spec: rule `auth.register.claims`. */
export interface RegistrationFacts {
  readonly agentId: string;
  readonly name: string;
  readonly username: string;
  readonly accountId: string;
  readonly timestamp: string;
  readonly nonce: string;
}

/** What a signed message says, as its receiver sees it: with the defaults filled in. */
export type MessageFacts = Pick<
  ReceivedMessage,
  | 'message_id'
  | 'from_account_id'
  | 'to_account_id'
  | 'to_agent'
  | 'sent_at'
  | 'ttl_ms'
  | 'expires_at'
  | 'trace_id'
  | 'thread_id'
  | 'parent_message_id'
  | 'kind'
  | 'schema_version'
  | 'idempotency_key'
>;

/** What older senders leave out of their message claims. */
const laterClaims = ['schema_version', 'idempotency_key'];

/** The six claims of a registration. Spec: rule `auth.register.claims`. */
export function registerClaims({ agentId, name, username, accountId, timestamp, nonce }: RegistrationFacts): Claims {
  return new Map(Object.entries({ agent_id: agentId, name, username, account_id: accountId, timestamp, nonce }));
}

/**
 * The fourteen claims of a message. Spec: rule `auth.message.claims`.
 *
 * @param payloadText - The payload exactly as it is on the wire; what a parser made of it has another digest.
 * @throws {ProtocolError} `invalid_payload`
 */
export function messageClaims(message: MessageFacts, payloadText: string): Claims {
  const {
    ttl_ms = 0,
    from_account_id = '',
    to_account_id = '',
    to_agent = '',
    sent_at = '',
    expires_at = '',
  } = message;
  const { trace_id = '', parent_message_id = '', idempotency_key = '' } = message;
  return new Map([
    ['message_id', message.message_id],
    ['from_account_id', from_account_id.trim()],
    ['to_account_id', to_account_id],
    ['to_agent', to_agent],
    ['sent_at', sent_at],
    ['ttl_ms', wholeNumber(ttl_ms)],
    ['expires_at', expires_at],
    ['trace_id', trace_id],
    ['thread_id', message.thread_id],
    ['parent_message_id', parent_message_id],
    ['kind', message.kind],
    ['schema_version', message.schema_version.trim()],
    ['idempotency_key', idempotency_key],
    ['payload_sha256', createHash('sha256').update(canonicalJson(payloadText)).digest('hex')],
  ]);
}

/** The claims of senders older than `schema_version` and `idempotency_key`. Spec: rule `auth.message.legacy`. */
export function legacyClaims(claims: Claims): Claims {
  return new Map([...claims].filter(([name]) => !laterClaims.includes(name)));
}

export function equalClaims(a: Claims, b: Claims): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** The text that is signed. */
export function claimsText(claims: Claims): string {
  return canonicalJson(claimsJson(claims));
}

/** The claims as a JSON object, in their order. */
export function claimsJson(claims: Claims): string {
  return `{${[...claims].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/**
 * Reads claims as they came; numbers and literals become the texts that Python prints for them.
 *
 * @throws {ProtocolError} `invalid_payload` when `objectText` is not a JSON object
 */
export function readClaims(objectText: string): Claims {
  const claims = new Map<string, string>();
  const scanner = new JsonScanner(objectText);
  scanner.object((rawName) => claims.set(JSON.parse(rawName) as string, readValue(scanner)));
  scanner.end();
  return claims;
}

const pythonLiterals: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };

function readValue(scanner: JsonScanner): string {
  switch (scanner.peek()) {
    case 'string':
      return JSON.parse(scanner.string()) as string;
    case 'number':
      return pythonNumber(scanner.number());
    case 'literal': {
      const literal = scanner.literal();
      return pythonLiterals[literal] ?? literal;
    }
    default: {
      // No claim of this protocol is nested; one that is will not verify.
      const start = scanner.position;
      scanner.skipValue();
      return scanner.text.slice(start, scanner.position);
    }
  }
}

/** Above 2^53 `String` would switch to an exponent. */
function wholeNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(Math.trunc(value)).toString();
}
