import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PeerProgram } from './peer-process/peer-process.js';

/** The package's folder, whether the kit runs compiled or not. */
export const packageFolder = fileURLToPath(import.meta.url).replace(/(\/dist)?\/kit\/[^/]*$/, '');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const workspace = fileURLToPath(new URL('..', `file://${packageFolder}/`));
const python = `${workspace}.venv/bin/python`;

/** The peer over the TypeScript SDK. */
export const typescriptPeer: PeerProgram = {
  name: 'typescript',
  command: `exec ${quoted(process.execPath)} ${quoted(`${packageFolder}/dist/peers/typescript/main.js`)}`,
};

/** The peer over the Python SDK of the workspace. */
export const pythonPeer: PeerProgram = {
  name: 'python',
  command: `exec ${quoted(python)} ${quoted(`${packageFolder}/peers/python/peer.py`)}`,
};

/** The peers of this repository that this machine can run. */
export const ownPeers = (): readonly PeerProgram[] =>
  existsSync(python) ? [typescriptPeer, pythonPeer] : [typescriptPeer];
