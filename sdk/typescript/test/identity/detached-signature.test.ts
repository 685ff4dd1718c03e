import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SigningPurpose } from '@agentnet/protocol';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { readDetachedHeader, writeDetachedHeader } from '../../src/identity/detached-header.js';
import { signDetached, verifyDetached } from '../../src/identity/detached-signature.js';
import { detachedText } from '../../src/identity/detached-text.js';
import { fastestEd25519, portableEd25519 } from '../../src/identity/ed25519.js';
import { keyPairOf } from '../../src/identity/key-pair.js';
import type { GoldenKey } from '../harness/golden.js';

interface Fields {
  purpose: SigningPurpose;
  subject: string;
  reply: string;
  account: string;
  agent: string;
  session: string;
  at: string;
  nonce: string;
  body: string;
}

interface Vectors {
  keys: Record<'first' | 'second', GoldenKey>;
  good: {
    id: string;
    signed_by: 'first' | 'second';
    fields: Fields;
    text: string;
    signature: string;
    header: string;
  }[];
  bad: { id: string; fields: Pick<Fields, 'subject' | 'reply' | 'body'>; header: string; code: string }[];
}

// One file for every language; the contract tests own it.
const file = fileURLToPath(new URL('../../../../contract-tests/golden/ed25519-v2.json', import.meta.url));
const { keys, good, bad } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const placeOf = ({ subject, reply, body }: Pick<Fields, 'subject' | 'reply' | 'body'>) => ({
  subject,
  reply,
  body: Buffer.from(body),
});
const statementOf = ({ purpose, account, agent, session, at, nonce }: Fields) => ({
  purpose,
  accountId: account,
  agentId: agent,
  sessionTag: session,
  signedAt: at,
  nonce,
});

test('given this runtime, when the implementation is chosen, then it is a fast one', () => {
  expect(fastestEd25519()).not.toBe(portableEd25519);
});

describe('the golden ed25519-v2 signatures [auth.v2.text auth.v2.header]', () => {
  test.each(good)('given $id, when signed, then text and header are the golden ones', ({
    signed_by,
    fields,
    ...golden
  }) => {
    const pair = keyPairOf(Buffer.from(keys[signed_by].private_key, 'base64url'));
    expect(pair.publicKey).toBe(keys[signed_by].public_key);
    const statement = { ...statementOf(fields), publicKey: pair.publicKey };
    expect(detachedText(statement, placeOf(fields)).toString()).toBe(golden.text);
    expect(signDetached(statementOf(fields), placeOf(fields), pair)).toBe(golden.header);
  });

  test.each(good)('given $id, when read, then it verifies, and the oracle agrees', ({
    signed_by,
    fields,
    text,
    header,
  }) => {
    const signature = readDetachedHeader(header);
    if (typeof signature === 'string') throw new Error(signature);
    expect(signature).toMatchObject(statementOf(fields));
    expect(writeDetachedHeader(signature, signature.signature)).toBe(header);
    expect(verifyDetached(signature, placeOf(fields))).toBe(true);
    const [raw, key] = [signature.signature, keys[signed_by].public_key].map((one) => Buffer.from(one, 'base64url'));
    if (!raw || !key) throw new Error('unreachable');
    expect(nacl.sign.detached.verify(Buffer.from(text), raw, key)).toBe(true);
  });

  test.each(bad)('given $id, when verified, then the verdict is $code', ({ fields, header, code }) => {
    const signature = readDetachedHeader(header);
    if (typeof signature === 'string') expect(signature).toBe(code);
    else expect(verifyDetached(signature, placeOf(fields)) ? 'ok' : 'auth_signature_invalid').toBe(code);
  });

  test('given two places of a message, when what separates them moves, then the texts differ', () => {
    const statement = { ...statementOf(good[0]?.fields as Fields), publicKey: keys.first.public_key };
    const body = Buffer.from('{}');
    const texts = [
      detachedText({ ...statement, agentId: 'a', sessionTag: 'bc' }, { subject: 's', body }),
      detachedText({ ...statement, agentId: 'ab', sessionTag: 'c' }, { subject: 's', body }),
      detachedText({ ...statement, agentId: 'a\nsession:2:bc', sessionTag: '' }, { subject: 's', body }),
    ].map(String);
    expect(new Set(texts).size).toBe(3);
  });
});
