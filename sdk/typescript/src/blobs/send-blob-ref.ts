import type { AgentNode } from '../agent-node.js';
import { type TellOptions, tell } from '../conversation/tell.js';
import { ValidationError } from '../errors.js';
import type { Delivery } from '../outbox/send.js';
import type { BlobReference } from './blob-reference.js';
import { readBlobRef } from './read-blob-ref.js';

/**
 * Sends a reference as an ordinary message; the bytes stay in their store. A `local_fs` reference can only be read on this machine.
 *
 * @param to - As in `AgentNode.send`, or `capability:<name>`.
 * @throws {AgentNetError} `blob_ref_invalid`, `blob_id_invalid`, `blob_storage_unknown`, and as `AgentNode.send`
 * @see spec schema `BlobRef`, rule `blob.bytes`
 */
export async function sendBlobRef(
  node: AgentNode,
  to: string,
  reference: BlobReference,
  options: TellOptions = {},
): Promise<Delivery> {
  const payload = readBlobRef(reference);
  if (!payload) throw new ValidationError('blob_ref_invalid', 'expected a blob reference');
  return tell(node, to, { ...options, payload });
}
