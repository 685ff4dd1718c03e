import type { AuthCode } from '../../identity/message-verifier.js';
import { type Refusal, refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

/** With dev auth on, refuses what its named sender did not sign, or signed for somebody else. */
export const signature: Gate = (incoming, { verifier }) => {
  const code = verifier?.refusalFor(incoming, 'message');
  return code instanceof Promise ? code.then(refusalFor) : refusalFor(code);
};

function refusalFor(code: AuthCode | undefined): Refusal | undefined {
  return code && refusalOf(code);
}
