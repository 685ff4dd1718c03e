import { randomBytes } from 'node:crypto';
import { uuidToULID } from 'ulidx';

const TIME_HEX_DIGITS = 12;

/** A ULID: 48 bits of time, then 80 random bits. Ids of one millisecond are in random order. */
export function makeUlid(timeMs: number, random: Uint8Array = randomBytes(10)): string {
  const hex = timeMs.toString(16).padStart(TIME_HEX_DIGITS, '0') + Buffer.from(random).toString('hex');
  return uuidToULID(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}

export function makeAccountId(nowMs: number): string {
  return `acct_${makeUlid(nowMs).toLowerCase()}`;
}

export function makeSessionTag(serverId: string, nowMs: number): string {
  return `${serverId}_${makeUlid(nowMs)}`;
}

/** Sixteen random lower-case characters of the ULID alphabet. Never the head of a ULID: that is time and repeats. */
export function randomSuffix(): string {
  return makeUlid(0).slice(10).toLowerCase();
}
