import type { Inbox, Incoming } from './inbox.js';
import { type Outcome, payloadDigest, reusedKey } from './outcomes.js';
import { duplicateKey, type Refusal, refusalOf } from './refusal.js';
import { refuseCopies } from './repeat-elsewhere.js';
import { senderOf } from './sender-of.js';
import type { Elsewhere } from './shared-outcomes.js';

const duplicateId = refusalOf('duplicate');

/** Takes a message for this session; the promise holds a refusal when another session of the account has it. Undefined when nothing is shared. */
export function claimFor(incoming: Incoming, outcome: Outcome, inbox: Inbox): Promise<Refusal | undefined> | undefined {
  const name = inbox.shared?.nameOf(incoming.message);
  if (name === undefined) return undefined;
  const claiming = claim(name, { incoming, outcome, inbox });
  inbox.claiming.add(claiming);
  return claiming.finally(() => inbox.claiming.delete(claiming));
}

interface Claiming {
  readonly incoming: Incoming;
  readonly outcome: Outcome;
  readonly inbox: Inbox;
}

async function claim(name: string, { incoming, outcome, inbox }: Claiming): Promise<Refusal | undefined> {
  const result = await inbox.shared?.claim(name, incoming);
  if (!result) return undefined;
  if ('revision' in result) {
    outcome.claim = result;
    return undefined;
  }
  // A token was taken, and copies attached, before this turned out to be a copy itself.
  inbox.outcomes.release(outcome);
  inbox.rates.giveBack(senderOf(incoming.message));
  refuseCopies(outcome, result, inbox);
  return repetitionOf(incoming, result);
}

/** What finds no turn here may be a copy of what another session handles; its sender must not be told to try again. */
export function repetitionElsewhere(
  incoming: Incoming,
  { code }: Refusal,
  { shared }: Inbox,
): Promise<Refusal | undefined> | undefined {
  if (code !== 'rate_limited' && code !== 'busy') return undefined;
  const name = shared?.nameOf(incoming.message);
  if (name === undefined) return undefined;
  return shared?.find(name).then((elsewhere) => elsewhere && repetitionOf(incoming, elsewhere));
}

function repetitionOf(incoming: Incoming, elsewhere: Elsewhere): Refusal {
  const { message_id, payload_sha256 } = elsewhere.entry;
  if (message_id !== '' && message_id === incoming.message.message_id) return { ...duplicateId, elsewhere };
  return payload_sha256 === payloadDigest(incoming) ? { ...duplicateKey, elsewhere } : reusedKey;
}
