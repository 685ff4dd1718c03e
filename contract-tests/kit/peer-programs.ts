import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildGoPeer } from './go-peer.js';
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

/** The peer in Go over the published documents alone, built when this machine has Go; otherwise why it is missing. */
export function goPeer(): PeerProgram | { readonly missing: string } {
  // Not in the system's temporary folder, where somebody else could have put a program of this name.
  const built = buildGoPeer(`${packageFolder}/peers/go`, `${workspace}node_modules/.cache`);
  if ('missing' in built) return built;
  return { name: 'go', command: `exec ${quoted(built.path)} ${quoted(`${workspace}generated/docs`)}` };
}

/** The peers of this repository that this machine can run; `onMissing` hears of the others. */
export function ownPeers(onMissing: (why: string) => void = () => undefined): readonly PeerProgram[] {
  const peers = [typescriptPeer];
  if (existsSync(python)) peers.push(pythonPeer);
  else onMissing('the peer python is skipped: there is no .venv (npm test makes it)');
  const go = goPeer();
  if ('missing' in go) onMissing(`the peer go is skipped: ${go.missing}`);
  else peers.push(go);
  return peers;
}
