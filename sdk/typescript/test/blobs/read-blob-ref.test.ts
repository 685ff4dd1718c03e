import { readdirSync, readFileSync } from 'node:fs';
import { check } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { safeFilename } from '../../src/blobs/blob-filename.js';
import { makeBlobId } from '../../src/blobs/blob-id.js';
import { readBlobRef } from '../../src/blobs/read-blob-ref.js';

const sha256 = 'ab'.repeat(32);
const examples = new URL('../../../../spec/examples/BlobRef/', import.meta.url);
const validExamples = readdirSync(examples).filter((name) => name.startsWith('valid-'));

describe('readBlobRef', () => {
  it('given a type in capitals with blanks and no optional key, when it is read, then the defaults are filled in', () => {
    expect(readBlobRef({ type: ' BLOB_REF\n', blob_id: 'b1' })).toEqual({
      type: 'blob_ref',
      blob_id: 'b1',
      storage: 'local_fs',
      mime_type: 'application/octet-stream',
    });
  });

  for (const name of validExamples) {
    it(`given ${name}, when it is read, then the result conforms to the schema`, () => {
      const reference = readBlobRef(JSON.parse(readFileSync(new URL(name, examples), 'utf8')));
      expect(check('BlobRef', reference)).toEqual([]);
    });
  }

  for (const payload of [null, 7, 'blob_ref', [], {}, { type: 'blob_ref' }, { type: 'blob_ref', blob_id: '' }]) {
    it(`given ${JSON.stringify(payload)}, when it is read, then it is a plain payload`, () => {
      expect(readBlobRef(payload)).toBeUndefined();
    });
  }

  it('given a digest in capitals and a file name with a path, when it is read, then both are made safe to use', () => {
    const read = readBlobRef({
      type: 'blob_ref',
      blob_id: 'b1',
      sha256: sha256.toUpperCase(),
      filename: '../../a b.txt',
    });
    expect(read).toMatchObject({ sha256, filename: '.._.._a b.txt' });
  });

  for (const [fields, code] of [
    [{ blob_id: '../x' }, 'blob_id_invalid'],
    [{ blob_id: 7 }, 'blob_id_invalid'],
    [{ storage: 's3' }, 'blob_storage_unknown'],
    [{ storage: {} }, 'blob_storage_unknown'],
    [{ size_bytes: -1 }, 'blob_ref_invalid'],
    [{ size_bytes: '7' }, 'blob_ref_invalid'],
    [{ sha256: 'abc' }, 'blob_ref_invalid'],
    [{ metadata: [] }, 'blob_ref_invalid'],
  ] as const) {
    it(`given a reference with ${JSON.stringify(fields)}, when it is read, then it is refused as ${code}`, () => {
      expect(() => readBlobRef({ type: 'blob_ref', blob_id: 'b1', ...fields })).toThrow(
        expect.objectContaining({ code }),
      );
    });
  }
});

describe('names', () => {
  it('given two instants, when ids are made, then they are lower-case ULIDs in the order of time', () => {
    const [early, late] = [makeBlobId(1_700_000_000_000), makeBlobId(1_700_000_000_001)];
    expect([early, late]).toEqual([early, late].sort());
    expect(early).toMatch(/^blob_01hf7yat00[0-9a-hjkmnp-tv-z]{16}$/);
  });

  for (const [name, safe] of [
    ['report-1_final v2.pdf', 'report-1_final v2.pdf'],
    ['Grüße 你好.txt', 'Grüße 你好.txt'],
    ['/etc/passwd', '_etc_passwd'],
    ['..', '__'],
    ['a\0b\nc', 'a_b_c'],
    ['  ', undefined],
    [null, undefined],
  ] as const) {
    it(`given the file name ${JSON.stringify(name)}, when it is made safe, then it is ${JSON.stringify(safe)}`, () => {
      expect(safeFilename(name)).toBe(safe);
    });
  }
});
