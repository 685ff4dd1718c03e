import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentNetError, ValidationError } from '../errors.js';
import { decodeBase64Url, encodeBase64Url, type KeyPair, keyPairOf, makeKeyPair } from './key-pair.js';

/** Where the keys of one name live. */
export interface KeyFileOptions {
  /** Folder of the key files, made with mode 0700 when missing. */
  readonly keyDir: string;
  /** The username, else the agent id. */
  readonly name: string;
  /** Hears that other users of the machine can read the file. */
  readonly onExposed?: (error: AgentNetError) => void;
}

const longestPlainName = 100;
const readableByOthers = 0o077;

/**
 * Reads the key pair of a name; makes it, with mode 0600, on first use. Two processes that make it at once get the same one.
 *
 * @throws {ValidationError} `key_file_unusable`
 */
export function loadKeyPair(options: KeyFileOptions): Promise<KeyPair> {
  return load(pathOf(options), options);
}

/** The key that a rotation under way will end with, made on first use: whoever tries again, here or in another process, offers the same one. */
export function stageKeyPair(options: KeyFileOptions): Promise<KeyPair> {
  return load(stagedPathOf(options), options);
}

/** The key of a rotation that was begun and may have happened. */
export function stagedKeyPair(options: KeyFileOptions): Promise<KeyPair | undefined> {
  const path = stagedPathOf(options);
  return within(path, async () => {
    const text = await readIfThere(path);
    return text === undefined ? undefined : parseKeyFile(text, path);
  });
}

/** Makes the staged key the one of the name, in one step of the file system. Safe to do twice. */
export function promoteKeyPair(options: KeyFileOptions): Promise<void> {
  const path = pathOf(options);
  return within(path, () => renameIfThere(stagedPathOf(options), path));
}

/** Puts the key of a name out of use; the next load makes another. The file stays, with `.revoked` at the end of its name. */
export function shelveKeyPair(options: KeyFileOptions): Promise<void> {
  const path = pathOf(options);
  return within(path, () => renameIfThere(path, `${path}.${randomUUID()}.revoked`));
}

const pathOf = ({ keyDir, name }: KeyFileOptions): string => join(keyDir, keyFileName(name));

/** The file of no name: those end with `.json`. */
const stagedPathOf = (options: KeyFileOptions): string => `${pathOf(options)}.next`;

/**
 * File of a name. Names of letters, digits and `_ - .` are kept, so that files of the protocol's first version are found; others get
 * a digest, since replacing characters alone would give `a/b` and `a b` one file and one key.
 */
export function keyFileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[._-]+|[._-]+$/g, '');
  if (plain === name && plain !== '' && plain.length <= longestPlainName) return `${plain}.json`;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${plain.slice(0, longestPlainName)}~${digest}.json`;
}

function load(path: string, { keyDir, onExposed }: KeyFileOptions): Promise<KeyPair> {
  return within(path, async () => {
    const text = (await readIfThere(path)) ?? (await create(keyDir, path));
    const pair = parseKeyFile(text, path);
    await reportExposed(path, onExposed);
    return pair;
  });
}

async function within<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AgentNetError) throw cause;
    throw unusable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** A link appears at once with its whole content, and fails when another process was first. */
async function create(keyDir: string, path: string): Promise<string> {
  await mkdir(keyDir, { recursive: true, mode: 0o700 });
  const draft = join(keyDir, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(draft, keyFileText(makeKeyPair()));
    await link(draft, path);
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function keyFileText({ seed, publicKey }: KeyPair): string {
  return `${JSON.stringify({ private_key: encodeBase64Url(seed), public_key: publicKey }, undefined, 2)}\n`;
}

function parseKeyFile(text: string, path: string): KeyPair {
  const content: unknown = JSON.parse(text);
  const { private_key, public_key } = { ...(content as { private_key?: unknown; public_key?: unknown } | null) };
  if (typeof private_key !== 'string' || typeof public_key !== 'string')
    throw unusable(path, 'private_key and public_key must be texts');
  const pair = keyPairOf(decodeBase64Url(private_key));
  if (pair.publicKey !== encodeBase64Url(decodeBase64Url(public_key)))
    throw unusable(path, 'public_key is not that of private_key');
  return pair;
}

async function reportExposed(path: string, onExposed: KeyFileOptions['onExposed']): Promise<void> {
  // Windows has no such modes.
  if (!onExposed || process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & readableByOthers) === 0) return;
  onExposed(new ValidationError('key_file_exposed', `other users can read ${path}; run chmod 600 on it`));
}

function unusable(path: string, detail: string, cause?: unknown): ValidationError {
  return new ValidationError('key_file_unusable', `${path}: ${detail}`, { cause });
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
