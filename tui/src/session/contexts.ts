import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProtocolError } from '@agentnet/protocol';
import { type Colour, isColour } from '../output/paint.js';
import { configFolder } from './config-folder.js';

/** A named connection. */
export interface NamedContext {
  /** May hold a token. */
  nats_url: string;
  colour: Colour;
  /** Whether every command shows a banner before it does anything there. */
  production: boolean;
}

/** All named connections of this user. */
export interface Contexts {
  /** The one that is used when neither an option nor NATS_URL names another. */
  current: string | null;
  contexts: Record<string, NamedContext>;
}

const readableByOthers = 0o077;
const nameGrammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The file of the contexts; it holds tokens, so its mode is 0600. */
export function contextsFile(environment: NodeJS.ProcessEnv): string {
  return join(configFolder(environment), 'contexts.json');
}

/** Reads the contexts; none without a file. @throws {ProtocolError} `invalid_option` when the file is broken or others can read it */
export function readContexts(environment: NodeJS.ProcessEnv): Contexts {
  const path = contextsFile(environment);
  const text = readIfThere(path);
  if (text === undefined) return { current: null, contexts: {} };
  if ((statSync(path).mode & readableByOthers) !== 0) {
    throw new ProtocolError('invalid_option', `${path} holds tokens and others can read it; run: chmod 600 ${path}`);
  }
  return parseContexts(text, path);
}

/** Writes the contexts, whole or not at all. */
export function writeContexts(contexts: Contexts, environment: NodeJS.ProcessEnv): void {
  const path = contextsFile(environment);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @throws {ProtocolError} `invalid_option` */
export function contextNamed(name: string, { contexts }: Contexts): NamedContext {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found) return found;
  const known = Object.keys(contexts).join(', ') || 'none';
  throw new ProtocolError('invalid_option', `there is no context ${JSON.stringify(name)}; there are: ${known}`);
}

/** @throws {ProtocolError} `invalid_option` */
export function requireContextName(name: string): void {
  if (nameGrammar.test(name)) return;
  throw new ProtocolError('invalid_option', 'a context name is 1 to 64 letters, digits, `.`, `_` or `-`');
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ProtocolError('invalid_option', `${path} cannot be read: ${String(code)}`, { cause });
  }
}

function parseContexts(text: string, path: string): Contexts {
  const value = parseObject(text);
  const contexts = objectOf(value?.['contexts']);
  const current = value?.['current'] ?? null;
  const isValid =
    contexts !== undefined &&
    Object.entries(contexts).every(([name, context]) => nameGrammar.test(name) && isNamedContext(context)) &&
    (current === null || (typeof current === 'string' && Object.hasOwn(contexts, current)));
  if (!isValid) throw new ProtocolError('invalid_option', `${path} is not what agentnet writes; mend or remove it`);
  return { current, contexts } as Contexts;
}

function isNamedContext(value: unknown): value is NamedContext {
  const context = objectOf(value);
  return (
    typeof context?.['nats_url'] === 'string' &&
    isColour(context['colour']) &&
    typeof context['production'] === 'boolean'
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
