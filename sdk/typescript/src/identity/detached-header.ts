import { is } from '@agentnet/protocol';
import { detachedScheme, type Statement } from './detached-text.js';

/** A signature as it travels beside a message; whether it is good is open. */
export interface DetachedSignature extends Statement {
  /** Base64url without padding. */
  readonly signature: string;
}

/** Why a header cannot be used. */
export type UnreadableHeader = 'auth_scheme_invalid' | 'auth_payload_invalid' | 'auth_purpose_mismatch';

/** Of the longest names there are, every byte percent-encoded, there is room to spare. */
const longestHeader = 4096;
const free = '((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)';
const form = new RegExp(
  `^scheme=${detachedScheme};purpose=([a-z]{1,32});account=([A-Za-z0-9_-]{0,64});agent=${free};session=${free};key=([A-Za-z0-9_-]{43});` +
    `at=(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?Z);nonce=([A-Za-z0-9_-]{0,128});sig=([A-Za-z0-9_-]{86})$`,
);

/** The header's text. Spec: header `AgentNet-Signature`. */
export function writeDetachedHeader(statement: Statement, signature: string): string {
  const { purpose, accountId, agentId, sessionTag, publicKey, signedAt, nonce } = statement;
  const names = `agent=${percentEncoded(agentId)};session=${percentEncoded(sessionTag)}`;
  return `scheme=${detachedScheme};purpose=${purpose};account=${accountId};${names};key=${publicKey};at=${signedAt};nonce=${nonce};sig=${signature}`;
}

/** Reads a header; there is one way to write each signature. Spec: rule `auth.v2.header`. */
export function readDetachedHeader(text: string): DetachedSignature | UnreadableHeader {
  const parts = text.length <= longestHeader ? form.exec(text) : null;
  if (!parts)
    return text.startsWith('scheme=') && !text.startsWith(`scheme=${detachedScheme};`)
      ? 'auth_scheme_invalid'
      : 'auth_payload_invalid';
  const [
    ,
    purpose = '',
    accountId = '',
    agent = '',
    session = '',
    publicKey = '',
    signedAt = '',
    nonce = '',
    sig = '',
  ] = parts;
  if (!is('SigningPurpose', purpose)) return 'auth_purpose_mismatch';
  const [agentId, sessionTag] = [percentDecoded(agent), percentDecoded(session)];
  if (agentId === undefined || sessionTag === undefined) return 'auth_payload_invalid';
  return { purpose, accountId, agentId, sessionTag, publicKey, signedAt, nonce, signature: sig };
}

const isFree = /^[A-Za-z0-9._~-]*$/;

function percentEncoded(text: string): string {
  if (isFree.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Undefined for bytes that are no UTF-8. */
function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) return undefined;
    throw cause;
  }
}
