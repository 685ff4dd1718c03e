import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, type JsonValue, nowTimestamp } from '@agentnet/protocol';
import { type AgentStage, agentScenario, type Scenario } from '../core/scenario.js';
import { errorOf } from '../peer-process/acting-peer.js';

const text = 'Grüße, this is what the blob holds';
const content = Buffer.from(text);
const bytes = content.toString('base64');
const sha256 = createHash('sha256').update(content).digest('hex');

/** An agent with a blob store in a folder of its own. */
async function storing(stage: AgentStage) {
  const root = await mkdtemp(join(tmpdir(), 'agentnet-kit-blobs-'));
  stage.defer(() => rm(root, { recursive: true, force: true }));
  return { root, peer: await stage.peer({ blob_root: root }) };
}

export const blobScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'blobs.reference',
      title: 'given bytes in either store, when their reference is sent, then it says what they are and the bytes stay',
      cases: ['B-01'],
      rules: ['blob.reference', 'blob.bytes', 'blob.network'],
      needs: ['blobs'],
    },
    async (stage) => {
      const { judge } = stage;
      const { peer } = await storing(stage);
      const receiver = await stage.account();
      for (const storage of ['local_fs', 'nats_object']) {
        const put = await peer.putBlob({ bytes, mime_type: 'text/plain', filename: 'a.txt', storage });
        const facts = { type: 'blob_ref', storage, mime_type: 'text/plain', size_bytes: content.length, sha256 };
        const reference = put.saw === 'blob' ? put.reference : { error: JSON.stringify(put) };
        judge.matches('blob.reference', reference, facts, `the reference of a ${storage} blob`);
        judge.equal('blob.reference', check('BlobRef', reference), [], 'what its schema has against it');
        const sending = peer.send({ to: receiver.accountId, payload: reference as JsonValue });
        const frame = await receiver.inbox.next();
        receiver.acknowledge(frame.json);
        await sending;
        judge.holds(
          'blob.bytes',
          !frame.text.includes('what the blob holds'),
          'no bytes of the blob in the message',
          frame.text,
        );
        const got = await peer.getBlob(reference as Record<string, JsonValue>);
        judge.matches('blob.network', got, { saw: 'bytes', bytes }, `the bytes of a ${storage} blob`);
      }
      const elsewhere = await storing(stage);
      const put = await peer.putBlob({ bytes, storage: 'nats_object' });
      const reference = put.saw === 'blob' ? put.reference : {};
      const got = await elsewhere.peer.getBlob(reference);
      judge.matches('blob.network', got, { saw: 'bytes', bytes }, 'the bytes read by an agent elsewhere');
    },
  ),
  agentScenario(
    {
      id: 'blobs.layout',
      title: 'given a put, and a store an older peer wrote, when they are looked at, then both have the same layout',
      cases: ['B-02', 'B-03'],
      rules: ['blob.layout', 'blob.read'],
      needs: ['blobs'],
    },
    async (stage) => {
      const { judge } = stage;
      const { root, peer } = await storing(stage);
      const put = await peer.putBlob({ bytes });
      const reference = put.saw === 'blob' ? put.reference : {};
      const id = String(reference['blob_id']);
      const stored = await judge.comes('blob.layout', `data/${id}`, readFile(join(root, 'data', id), 'utf8'));
      judge.equal('blob.layout', stored, text, 'the bytes in the store');
      const record = await judge.comes(
        'blob.layout',
        `meta/${id}.json`,
        readFile(join(root, 'meta', `${id}.json`), 'utf8'),
      );
      judge.equal('blob.layout', JSON.parse(record), reference, 'the record in the store');
      await writeFile(join(root, 'data', 'blob_of_old'), content);
      const facts = { type: 'blob_ref', blob_id: 'blob_of_old', storage: 'local_fs', mime_type: 'text/plain' };
      const old = { ...facts, size_bytes: content.length, sha256, created_at: nowTimestamp(0) };
      await writeFile(join(root, 'meta', 'blob_of_old.json'), JSON.stringify(old, null, 2));
      judge.matches(
        'blob.layout',
        await peer.getBlob('blob_of_old'),
        { saw: 'bytes', bytes },
        'a blob of an older peer',
      );
      const bare = await peer.getBlob({ type: ' BLOB_REF ', blob_id: id });
      judge.matches('blob.read', bare, { saw: 'bytes', bytes }, 'a bare reference with its type in capitals');
    },
  ),
  agentScenario(
    {
      id: 'blobs.ids',
      title:
        'given ids that lead out of the store, when they are put and read, then they are refused before any file is touched',
      cases: ['B-04'],
      rules: ['blob.id'],
      needs: ['blobs'],
    },
    async (stage) => {
      const { root, peer } = await storing(stage);
      await mkdir(join(root, 'data'), { recursive: true });
      await writeFile(join(root, 'x'), 'secret');
      for (const blob_id of ['../x', '/etc/hostname', 'a/b', '..', '']) {
        const got = errorOf(await peer.getBlob(blob_id));
        stage.judge.equal('blob.id', got.code, 'blob_id_invalid', `reading blob "${blob_id}"`);
        if (blob_id === '') continue;
        const put = errorOf(await peer.putBlob({ bytes, blob_id }));
        stage.judge.equal('blob.id', put.code, 'blob_id_invalid', `putting blob "${blob_id}"`);
      }
      stage.judge.equal('blob.id', await readdir(join(root, 'data')), [], 'files in the store');
    },
  ),
  agentScenario(
    {
      id: 'blobs.integrity',
      title:
        'given a flipped byte and a second put, when the blob is read, then it fails, and the bytes of an id never change',
      cases: ['B-05'],
      rules: ['blob.integrity', 'blob.atomic'],
      needs: ['blobs'],
    },
    async (stage) => {
      const { judge } = stage;
      const { root, peer } = await storing(stage);
      const put = await peer.putBlob({ bytes });
      const reference = put.saw === 'blob' ? put.reference : {};
      const blob_id = String(reference['blob_id']);
      const again = await peer.putBlob({ bytes: Buffer.from('other').toString('base64'), blob_id });
      judge.equal('blob.atomic', errorOf(again).code, 'blob_exists', 'other bytes under the same id');
      judge.matches('blob.atomic', await peer.getBlob(blob_id), { saw: 'bytes', bytes }, 'the blob after that');
      const flipped = content.map((byte, index) => (index === 3 ? byte ^ 1 : byte));
      await writeFile(join(root, 'data', blob_id), flipped);
      for (const wanted of [reference, blob_id])
        judge.equal(
          'blob.integrity',
          errorOf(await peer.getBlob(wanted)).code,
          'blob_corrupt',
          'a blob with a flipped byte',
        );
    },
  ),
];
