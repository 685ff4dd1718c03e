import { decodeJson, encodeJson, type JsonValue, limits, ProtocolError, RawJson } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';

const text = (value: unknown): string => new TextDecoder().decode(encodeJson(value));
const bytes = (body: string): Uint8Array => new TextEncoder().encode(body);

describe('encodeJson', () => {
  it('given raw texts at several places, when the value is encoded, then each is copied through untouched', () => {
    const raw = RawJson.of('{"a":1.0, "a":2}');
    expect(text({ first: raw, list: [raw, 1, RawJson.of('"x"')], last: null })).toBe(
      '{"first":{"a":1.0, "a":2},"list":[{"a":1.0, "a":2},1,"x"],"last":null}',
    );
    expect(text(raw)).toBe('{"a":1.0, "a":2}');
  });

  it('given a text full of dollars and quotes, when it is spliced, then nothing is expanded', () => {
    expect(text([RawJson.of('"$& $1 \\" \\\\"')])).toBe('["$& $1 \\" \\\\"]');
  });

  it('given a hostile text that guesses the placeholder, when it is encoded beside raw texts, then it stays a text', () => {
    const marker = /^(raw-json:[a-z0-9]+:)(\d+):0$/.exec(lastPlaceholder());
    expect(marker).not.toBeNull();
    // Whatever number the next call uses, one of these is its placeholder.
    const guesses = Array.from({ length: 50 }, (_, step) => `${marker?.[1]}${Number(marker?.[2]) + step}:0`);
    const value = { guesses, quoted: guesses.map((guess) => `"${guess}"`), raw: RawJson.of('{"secret":true}') };
    const expected = { ...value, raw: { secret: true } };
    expect(JSON.parse(text(value))).toEqual(expected);
    expect(text(value).split('secret').length).toBe(2);
  });

  it('given a hostile key that guesses the placeholder, when it is encoded, then it stays a key', () => {
    const [, prefix, number] = /^(raw-json:[a-z0-9]+:)(\d+):0$/.exec(lastPlaceholder()) ?? [];
    const next = `${prefix}${Number(number) + 1}:0`;
    expect(JSON.parse(text({ [next]: 1, raw: RawJson.of('2') }))).toEqual({ [next]: 1, raw: 2 });
  });

  it('given an owner that drops its raw text, when it is encoded, then it is refused', () => {
    const owner = { toJSON: () => new RawJson('1').toJSON() && 'gone' };
    expect(() => encodeJson(owner)).toThrow(/dropped by the toJSON method/);
  });

  it('given raw text outside encodeJson, when JSON.stringify writes it, then it is the parsed value', () => {
    expect(JSON.stringify({ raw: RawJson.of('[1.0]') })).toBe('{"raw":[1]}');
  });

  it.each([
    { given: 'NaN', value: { a: [Number.NaN] }, detail: '/a/0 is NaN' },
    { given: 'Infinity', value: { a: { b: Number.NEGATIVE_INFINITY } }, detail: '/a/b is -Infinity' },
    { given: 'undefined', value: undefined, detail: 'undefined' },
    { given: 'undefined in a list', value: { a: [undefined] }, detail: '/a/0 is undefined' },
    { given: 'a hole in a list', value: { a: [Object.assign([], { length: 1 })] }, detail: '/a/0/0 is undefined' },
    { given: 'a function in a list', value: [null, () => 1], detail: '/1 is function' },
    { given: 'a function', value: () => 1, detail: 'function' },
    { given: 'a bigint', value: { a: 1n }, detail: 'bigint' },
    { given: 'a cycle', value: aCycle(), detail: 'cycle' },
  ])('given $given, when it is encoded, then it is refused', ({ value, detail }) => {
    expect(() => encodeJson(value)).toThrow(ProtocolError);
    expect(() => encodeJson(value)).toThrow(
      expect.objectContaining({ code: 'bad_request', detail: expect.stringContaining(detail) }),
    );
  });

  it('given a failed call, when the next one uses raw text, then it is unharmed', () => {
    expect(() => encodeJson({ raw: RawJson.of('1'), bad: 1n })).toThrow(ProtocolError);
    expect(text({ raw: RawJson.of('2') })).toBe('{"raw":2}');
  });

  it('given absent fields, nulls and text of every kind, when they are encoded, then it is plain UTF-8 JSON', () => {
    expect(text({ gone: undefined, none: null, word: 'null', umlaut: 'é日😀', lone: '\ud800' })).toBe(
      '{"none":null,"word":"null","umlaut":"é日😀","lone":"\\ud800"}',
    );
  });
});

describe('decodeJson', () => {
  it('given a valid body, when it is decoded, then value and exact text come back', () => {
    const body = '{ "account_id": "acct_1" }';
    expect(decodeJson('ResolveKeyRequest', bytes(body))).toEqual({
      ok: true,
      value: { account_id: 'acct_1' },
      text: body,
    });
  });

  it('given an empty body, when it is decoded, then it is {}', () => {
    expect(decodeJson('Message', new Uint8Array())).toEqual({ ok: true, value: {}, text: '' });
  });

  it.each([
    { given: 'no JSON', body: bytes('{]'), code: 'undecodable' },
    { given: 'no UTF-8', body: new Uint8Array([0xc3, 0x28]), code: 'undecodable' },
    { given: 'a list', body: bytes('[{}]'), code: 'not_an_object' },
    { given: 'null', body: bytes('null'), code: 'not_an_object' },
    { given: 'a broken field', body: bytes('{"kind":7}'), code: 'invalid' },
    { given: 'a number beyond doubles', body: bytes('{"ttl_ms":1e999}'), code: 'invalid' },
  ])('given $given, when it is decoded, then it is $code', ({ body, code }) => {
    expect(decodeJson('Message', body)).toMatchObject({ ok: false, code });
  });

  it('given a broken field, when it is decoded, then the violation names place and keyword', () => {
    expect(decodeJson('Message', bytes('{"kind":7}'))).toMatchObject({
      detail: '/kind must be string or null',
      violations: [{ path: '/kind', keyword: 'type', message: 'must be string or null' }],
    });
  });

  it.each([
    { given: 'the deepest allowed nesting', depth: limits.jsonMaxDepth - 1, ok: true },
    { given: 'one level more', depth: limits.jsonMaxDepth, ok: false },
    { given: 'a hundred thousand levels', depth: 100_000, ok: false },
  ])('given $given, when it is decoded, then ok is $ok', ({ depth, ok }) => {
    expect(decodeJson('Message', bytes(`{"payload":${'['.repeat(depth)}${']'.repeat(depth)}}`)).ok).toBe(ok);
  });

  it('given brackets inside texts, when the body is decoded, then they do not count as nesting', () => {
    const payload = `${'['.repeat(2000)}\\"${'{'.repeat(2000)}\\\\`;
    expect(decodeJson('Message', bytes(`{"payload":"${payload}","kind":"direct"}`))).toMatchObject({ ok: true });
  });

  it('given a key named __proto__, when the body is decoded, then it is a field like any other', () => {
    const decoded = decodeJson('Message', bytes('{"payload":{"__proto__":{"polluted":true}}}'));
    const payload = (decoded as { value: { payload: { [key: string]: JsonValue } } }).value.payload;
    expect([Object.keys(payload), (payload as { polluted?: boolean }).polluted]).toEqual([['__proto__'], undefined]);
  });
});

/** The placeholder that `encodeJson` used for a raw text just now. */
function lastPlaceholder(): string {
  let seen = '';
  const spy = {
    toJSON: () => {
      seen = String(new RawJson('1').toJSON());
      return seen;
    },
  };
  text([spy]);
  return seen;
}

function aCycle(): object {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  return cycle;
}
