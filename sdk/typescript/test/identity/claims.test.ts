import { decodeJson } from '@agentnet/protocol';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { claimsText, messageClaims, registerClaims } from '../../src/identity/claims.js';
import { ed25519, nodeEd25519, portableEd25519 } from '../../src/identity/ed25519.js';
import { keyPairOf } from '../../src/identity/key-pair.js';
import type { FoundKeys } from '../../src/identity/key-ring.js';
import { MessageVerifier } from '../../src/identity/message-verifier.js';
import { rawMember } from '../../src/identity/raw-member.js';
import { devScheme, readAuth, signClaims, verifyClaims } from '../../src/identity/signature.js';
import { sodiumEd25519 } from '../../src/identity/sodium-ed25519.js';
import { toReceivedMessage } from '../../src/received-message.js';
import { type GoldenKey, golden } from '../harness/golden.js';

interface RegisterVector {
  id: string;
  claims: Record<string, string>;
  canonical: string;
  signature: string;
}

interface MessageVector {
  id: string;
  wire: string;
  claims?: Record<string, string>;
  claims_canonical?: string;
  signature?: string;
  expected: string;
}

const registrations = golden<{ test_key: GoldenKey; vectors: RegisterVector[] }>('register-claims');
const messages = golden<{ bound_keys: Record<string, string>; vectors: MessageVector[] }>('message-claims');

const pair = keyPairOf(Buffer.from(registrations.test_key.seed_hex, 'hex'));
const oracle = nacl.sign.keyPair.fromSeed(pair.seed);

/** Whether an independent implementation agrees that this is the test key's signature. */
function oracleAccepts(text: string, signature: string): boolean {
  return nacl.sign.detached.verify(Buffer.from(text), Buffer.from(signature, 'base64url'), oracle.publicKey);
}

/** The first version reads these texts and numbers as an integer; no published client sends them, so they are malformed here. */
const malformed = ['fields/ttl-string', 'fields/ttl-float', 'fields/ttl-garbage'];

describe('the test key', () => {
  test('given its seed, when the public key is derived, then it is the golden one', () => {
    expect(pair.publicKey).toBe(registrations.test_key.public_key);
    expect(Buffer.from(oracle.publicKey).toString('base64url')).toBe(pair.publicKey);
  });

  test('given all implementations, when they sign and verify, then they agree', () => {
    const text = Buffer.from('any text');
    const implementations = [nodeEd25519, portableEd25519, sodiumEd25519()].filter((one) => one !== undefined);
    expect(implementations).toHaveLength(3);
    const signatures = implementations.map((one) => Buffer.from(one.sign(pair.seed, text)).toString('hex'));
    expect(new Set(signatures).size).toBe(1);
    const key = portableEd25519.publicKeyOf(pair.seed);
    for (const one of implementations) {
      expect(Buffer.from(one.publicKeyOf(pair.seed))).toEqual(Buffer.from(key));
      expect(one.verify(key, text, ed25519.sign(pair.seed, text))).toBe(true);
      expect(one.verify(key, Buffer.from('another'), ed25519.sign(pair.seed, text))).toBe(false);
      expect(one.verify(key.subarray(1), text, ed25519.sign(pair.seed, text))).toBe(false);
      expect(one.verify(key, text, new Uint8Array(63))).toBe(false);
    }
  });
});

describe('registration claims [A-02 auth.register.claims]', () => {
  test.each(registrations.vectors)('given $id, when signed, then text and signature are the golden ones', (vector) => {
    const { scheme, public_key, signature } = signClaims(new Map(Object.entries(vector.claims)), pair);
    expect(claimsText(new Map(Object.entries(vector.claims)))).toBe(vector.canonical);
    expect({ scheme, public_key, signature }).toEqual({
      scheme: devScheme,
      public_key: pair.publicKey,
      signature: vector.signature,
    });
    expect(oracleAccepts(vector.canonical, signature)).toBe(true);
  });

  test('given a registration, when its claims are made, then they are exactly the six', () => {
    const claims = registerClaims({
      agentId: 'a',
      name: 'A',
      username: 'alice',
      accountId: '',
      timestamp: '2026-02-21T08:00:00Z',
      nonce: 'n',
    });
    expect([...claims.keys()]).toEqual(['agent_id', 'name', 'username', 'account_id', 'timestamp', 'nonce']);
  });
});

describe('message claims [A-06 auth.message.claims]', () => {
  const find = (accountId: string): FoundKeys => {
    const publicKey = messages.bound_keys[accountId];
    return publicKey === undefined ? 'auth_key_not_found' : { publicKey, scheme: undefined, previous: undefined };
  };
  const verifier = new MessageVerifier({
    keys: { find, findOther: find },
    recipient: { accountId: 'acct_02', capabilities: ['math'] },
    requireV2: false,
    elapsed: () => 0,
  });

  test('given the golden file, when its vectors are counted, then there are 118 good and 10 bad ones', () => {
    const good = messages.vectors.filter(({ expected }) => expected === 'ok');
    expect([good.length, messages.vectors.length]).toEqual([118, 128]);
  });

  test.each(
    messages.vectors.filter(({ id }) => !malformed.includes(id)),
  )('given $id, when verified from its text, then the verdict is $expected', ({ wire, expected }) => {
    const raw = { subject: 'account.acct_02.inbox', body: Buffer.from(wire) };
    const decoded = decodeJson('Message', raw.body);
    if (!decoded.ok) throw new Error(decoded.detail);
    const verdict = verifier.refusalFor(
      { message: toReceivedMessage(decoded.value), text: decoded.text, raw },
      'message',
    );
    expect(verdict ?? 'ok').toBe(expected);
  });

  test.each(
    messages.vectors.filter(({ id }) => malformed.includes(id)),
  )('given $id, when it arrives, then it is malformed before anything is verified', ({ wire }) => {
    expect(decodeJson('Message', Buffer.from(wire)).ok).toBe(false);
  });

  const payloads = messages.vectors.filter(({ id }) => id.startsWith('payload/'));
  test.each(payloads)('given $id, when signed anew, then claims and signature are the golden ones', (vector) => {
    const decoded = decodeJson('Message', Buffer.from(vector.wire));
    if (!decoded.ok) throw new Error(decoded.detail);
    const claims = messageClaims(toReceivedMessage(decoded.value), rawMember(vector.wire, 'payload') ?? '');
    const { signature } = signClaims(claims, pair);
    expect(Object.fromEntries(claims)).toEqual(vector.claims);
    expect(signature).toBe(vector.signature);
    expect(oracleAccepts(claimsText(claims), signature)).toBe(true);
  });
});

describe('auth objects', () => {
  const read = (auth: unknown) => readAuth(JSON.stringify(auth));
  const good = signClaims(new Map([['a', '1']]), pair);

  test.each([
    ['auth_scheme_invalid', 'text'],
    ['auth_scheme_invalid', { ...good, scheme: 'dev-ed25519-v9' }],
    ['auth_payload_invalid', { ...good, public_key: '' }],
    ['auth_payload_invalid', { ...good, public_key: 7 }],
    ['auth_payload_invalid', { ...good, signature: null }],
    ['auth_payload_invalid', { ...good, claims: ['a'] }],
  ])('given %s: %j, when read, then it is refused', (code, auth) => {
    expect(read(auth)).toBe(code);
  });

  test('given numbers among the claims, when read, then they verify as Python prints them', () => {
    const claims = new Map([
      ['whole', '1.0'],
      ['tiny', '1e-05'],
      ['flag', 'True'],
    ]);
    const { signature } = signClaims(claims, pair);
    const text = `{"scheme":"${devScheme}","public_key":"${pair.publicKey}","claims":{"whole":1.0,"tiny":0.00001,"flag":true},"signature":"${signature}=="}`;
    const auth = readAuth(text);
    expect(typeof auth === 'object' && verifyClaims(auth)).toBe(true);
  });
});
