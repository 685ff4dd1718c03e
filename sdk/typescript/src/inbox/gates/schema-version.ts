import { limits } from '@agentnet/protocol';
import { refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

/** What the protocol's first version reads as an integer: decimal digits of any script, single underscores between them. */
const integer = /^[+-]?\p{Nd}(?:_?\p{Nd})*$/u;
const digit = /^\p{Nd}$/u;
const ownVersion = `${limits.supportedSchemaMajor}.${limits.schemaMinor}`;
const invalid = refusalOf('schema_version_invalid');
const unsupported = refusalOf('unsupported_schema_version');

/** Refuses envelopes of another major version: the integer before the first dot. */
export const schemaVersion: Gate = ({ message }) => {
  if (message.schema_version === ownVersion) return undefined;
  const [text = ''] = message.schema_version.trim().split('.', 1);
  const major = text.trim();
  if (!integer.test(major)) return invalid;
  return integerOf(major) === limits.supportedSchemaMajor ? undefined : unsupported;
};

function integerOf(text: string): number {
  return Number(text.replaceAll('_', '').replace(/\p{Nd}/gu, (character) => String(digitOf(character))));
}

/** Unicode keeps the ten digits of a script side by side, zero first. */
function digitOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  let before = code - 1;
  while (digit.test(String.fromCodePoint(before))) before--;
  return (code - before - 1) % 10;
}
