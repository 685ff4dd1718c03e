import { resolve } from 'node:path';

/** The folder of the file store when the caller names none: `AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder. */
export function defaultBlobRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return resolve(env['AGENTNET_BLOB_DIR']?.trim() || '.agentnet_blobs');
}
