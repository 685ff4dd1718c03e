import { chmodSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { subjects } from '@agentnet/protocol';
import type { PeerCommand } from '../../../kit/peer-process/peer-protocol.js';
import {
  agent,
  deafTo,
  doing,
  dropping,
  type FaultyAgent,
  isAnswer,
  isInbox,
  isMessage,
  isReceipt,
  ofKind,
  reading,
  type Scene,
  saying,
  times,
  withCode,
  writing,
} from '../fault.js';
import type { Body, WireFrame } from '../nats-frames.js';

const typeOf = ({ json }: WireFrame): string => String(json?.['payload']?.type ?? '');
const isEvent = (type: string) => (frame: WireFrame) => typeOf(frame) === type;
const isArriving = (type: string) => (frame: WireFrame, scene: Scene) =>
  isInbox(frame, scene) && typeOf(frame) === type;
const payload = (change: object) => (json: Body) => ({ payload: { ...json['payload'], ...change } });
const noted = <T>({ notes }: Scene, key: string): T[] => {
  if (!notes.has(key)) notes.set(key, []);
  return notes.get(key) as T[];
};

/** Agents that are wrong about streams. */
const streamFaults: readonly FaultyAgent[] = [
  agent('loses-deltas', ['stream.events'], dropping(isEvent('stream_delta'))),
  agent('no-stream-end', ['stream.events'], dropping(isEvent('stream_end'))),
  agent('ends-with-another-text', ['stream.events'], writing(isEvent('stream_end'), payload({ text: 'another' }))),
  agent('one-seq-for-all', ['stream.events.seq'], writing(isEvent('stream_delta'), payload({ seq: 7 }))),
  agent(
    'no-first-seq',
    ['stream.first-seq', 'stream.events.seq'],
    writing(isEvent('stream_start'), payload({ first_seq: undefined })),
  ),
  agent('stream-ids-change', ['stream.events'], writing(isEvent('stream_delta'), payload({ stream_id: 'another' }))),
  agent(
    'forgets-what-a-failing-source-gave',
    ['stream.source.whole'],
    doing((command) =>
      command.do === 'stream' && command.fail ? { ...command, pieces: command.pieces.slice(0, -1) } : undefined,
    ),
  ),
  agent(
    'streams-as-direct',
    ['stream.events'],
    writing(isEvent('stream_start'), () => ({ kind: 'direct' })),
  ),
  agent('errors-with-text', ['stream.source'], writing(isEvent('stream_error'), payload({ error: 'top secret' }))),
  agent(
    'a-negative-seq-is-a-number',
    ['stream.read.defaults'],
    reading(isInbox, (json) => (json['payload']?.seq === -1 ? payload({ seq: 7 })(json) : undefined)),
  ),
  agent(
    'types-as-written',
    ['stream.read.type', 'stream.read.defaults'],
    deafTo((frame, scene) => isInbox(frame, scene) && typeOf(frame) !== typeOf(frame).toLowerCase()),
  ),
  agent(
    'every-stream-message-is-an-event',
    ['stream.read.none'],
    reading(isInbox, (json) =>
      json['kind'] === 'stream' && !json['payload']?.stream_id ? { payload: {} } : undefined,
    ),
  ),
  agent('joins-as-it-comes', ['stream.reassembly'], {
    incoming(frame, scene) {
      const { stream_id, delta } = frame.json?.['payload'] ?? {};
      if (isArriving('stream_delta')(frame, scene)) noted<string>(scene, stream_id).push(delta);
      return [frame];
    },
    observation: (seen, scene) =>
      seen.saw === 'streamed' ? { ...seen, text: noted<string>(scene, seen.stream_id).join('') } : seen,
  }),
  agent(
    'ignores-the-final-text',
    ['stream.end-text', 'stream.gap'],
    reading(isArriving('stream_end'), payload({ text: undefined })),
  ),
  agent('takes-a-hundred-deltas', ['stream.throughput'], {
    incoming: (frame, scene) =>
      isArriving('stream_delta')(frame, scene) && times(scene, 'delta') > 100 ? [] : [frame],
  }),
  agent(
    'gaps-are-ends',
    ['stream.gap'],
    saying((seen) =>
      seen.saw === 'streamed' && seen.code ? { saw: 'streamed', stream_id: seen.stream_id, text: '' } : undefined,
    ),
  ),
  agent(
    'never-sends-an-event-again',
    ['stream.pace'],
    reading(
      (frame, scene) => isReceipt(frame, scene) && frame.json?.['status'] === 'rejected',
      () => ({ status: 'accepted', code: null, detail: null }),
    ),
  ),
  agent('streams-have-no-limit', ['stream.limit'], dropping(withCode('rate_limited'))),
  agent(
    'answers-out-of-thread',
    ['stream.reply.subject'],
    writing(isEvent('stream_start'), () => ({ parent_message_id: undefined })),
  ),
  agent(
    'answers-without-the-text',
    ['stream.reply.final'],
    writing(ofKind('reply'), (json) =>
      json['payload']?.type === 'stream_end' ? payload({ text: 'another' })(json) : undefined,
    ),
  ),
  agent('replies-before-the-stream', ['stream.reply.subject', 'stream.reply.first'], {
    outgoing: (frame, scene) => (isAnswer(frame, scene) && frame.json?.['kind'] === 'stream' ? [] : [frame]),
  }),
  agent('deaf-to-streams-without-a-handler', ['stream.ask.inbox', 'stream.reply.first'], {
    observation: (seen) => (seen.saw === 'answer' ? { ...seen, text: '' } : seen),
  }),
];

/** The folder a command of the scenario named, kept for what happens later. */
const noting =
  (field: 'blob_root' | 'key_dir') =>
  (command: PeerCommand, { notes }: Scene): PeerCommand => {
    if (command.do === 'join' && command[field]) notes.set(field, command[field]);
    return command;
  };

/** Agents that are wrong about blobs. */
const blobFaults: readonly FaultyAgent[] = [
  agent(
    'another-digest',
    ['blob.reference'],
    saying((seen) =>
      seen.saw === 'blob' ? { ...seen, reference: { ...seen.reference, sha256: '0'.repeat(64) } } : undefined,
    ),
  ),
  agent(
    'bytes-in-the-message',
    ['blob.bytes'],
    writing(isMessage, (json) =>
      json['payload']?.type === 'blob_ref' ? payload({ text: 'what the blob holds' })(json) : undefined,
    ),
  ),
  agent(
    'network-blobs-come-back-empty',
    ['blob.network'],
    saying((seen) => (seen.saw === 'bytes' ? { ...seen, bytes: '' } : undefined)),
  ),
  agent('a-layout-of-its-own', ['blob.layout'], {
    command: noting('blob_root'),
    observation(seen, { notes }) {
      if (seen.saw !== 'blob') return seen;
      const [folder, id] = [join(String(notes.get('blob_root')), 'data'), String(seen.reference['blob_id'])];
      renameSync(join(folder, id), join(folder, `${id}.bin`));
      return seen;
    },
  }),
  agent(
    'types-of-references-as-written',
    ['blob.read'],
    doing((command) =>
      command.do === 'blob_get' && typeof command.blob === 'object' && command.blob['type'] === ' BLOB_REF '
        ? { ...command, blob: 'blob_none' }
        : undefined,
    ),
  ),
  agent(
    'repairs-blob-ids',
    ['blob.id'],
    doing((command) =>
      command.do === 'blob_get' && typeof command.blob === 'string'
        ? { ...command, blob: command.blob.replace('../', '') }
        : undefined,
    ),
  ),
  agent(
    'reads-flipped-bytes',
    ['blob.integrity'],
    saying((seen) =>
      seen.saw === 'error' && seen.code === 'blob_corrupt' ? { saw: 'bytes', re: seen.re, bytes: 'AAAA' } : undefined,
    ),
  ),
  agent('overwrites-blobs', ['blob.atomic'], {
    command(command, scene) {
      noting('blob_root')(command, scene);
      if (command.do === 'blob_put' && command.blob_id) {
        const root = String(scene.notes.get('blob_root'));
        rmSync(join(root, 'data', command.blob_id), { force: true });
        rmSync(join(root, 'meta', `${command.blob_id}.json`), { force: true });
      }
      return command;
    },
  }),
];

/** Agents that are wrong about signatures. */
const authFaults: readonly FaultyAgent[] = [
  agent(
    'unsigned-as-unknown',
    ['auth.message.refusals'],
    writing(isAnswer, (json) =>
      json['payload']?.error === 'auth_missing' ? payload({ error: 'auth_key_not_found' })(json) : undefined,
    ),
  ),
  agent(
    'blames-claims',
    ['auth.message.tampered'],
    writing(isAnswer, (json) =>
      json['payload']?.error === 'auth_claims_mismatch'
        ? payload({ error: 'auth_signature_invalid' })(json)
        : undefined,
    ),
  ),
  agent(
    'signs-and-changes',
    ['auth.message.claims'],
    writing(isMessage, () => ({ trace_id: 'changed' })),
  ),
  agent(
    'rewrites-what-it-signed',
    ['auth.canonical-json', 'auth.message.integer-keys'],
    writing(isMessage, () => ({})),
  ),
  agent(
    'rewrites-what-it-verifies',
    ['auth.message.numbers'],
    reading(isInbox, () => ({})),
  ),
  agent(
    'fourteen-claims-or-none',
    ['auth.message.legacy'],
    reading(isInbox, (json) => (json['payload'] === 'legacy' ? { auth: null } : undefined)),
  ),
  agent(
    'any-audience',
    ['auth.message.audience'],
    writing(isAnswer, (json) =>
      json['payload']?.error === 'auth_recipient_mismatch' ? payload({ error: 'busy' })(json) : undefined,
    ),
  ),
  agent('the-first-reply-counts', ['auth.forged', 'auth.v2.reply'], {
    incoming(frame, { notes }) {
      const told: unknown = frame.json?.['payload'];
      if (frame.subject.startsWith('_INBOX.agentnet.') && told === 'EVIL') notes.set('first', told);
      return [frame];
    },
    observation: (seen, { notes }) =>
      seen.saw === 'reply' && notes.has('first') ? { ...seen, message: { ...seen.message, payload: 'EVIL' } } : seen,
  }),
  agent('asks-for-every-key', ['auth.key-lookup.bounded'], {
    incoming(frame, scene) {
      const from: unknown = frame.json?.['from_account_id'];
      if (isInbox(frame, scene) && from) scene.publish(subjects.registryResolveKey, { account_id: from });
      return [frame];
    },
  }),
  agent('keys-for-everybody', ['auth.keys.private'], {
    command: noting('key_dir'),
    observation(seen, { notes }) {
      const folder: unknown = notes.get('key_dir');
      if (seen.saw === 'reply' || seen.saw === 'sent' || seen.saw === 'received')
        for (const name of readdirSync(String(folder))) chmodSync(join(String(folder), name), 0o644);
      return seen;
    },
  }),
];

/** Agents that are wrong about what they carry: streams, blobs, signatures. */
export const payloadFaults: readonly FaultyAgent[] = [...streamFaults, ...blobFaults, ...authFaults];
