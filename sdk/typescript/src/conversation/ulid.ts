import { randomBytes } from 'node:crypto';

/** Crockford's base 32 in lower case. */
const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLetters = 10;
const randomLetters = 16;

/** A fresh ULID in lower case: it sorts by the time it was made. */
export function makeUlid(nowMs: number): string {
  let time = '';
  for (let rest = Math.floor(nowMs); time.length < timeLetters; rest = Math.floor(rest / letters.length)) {
    time = letters.charAt(rest % letters.length) + time;
  }
  return time + [...randomBytes(randomLetters)].map((byte) => letters.charAt(byte % letters.length)).join('');
}
