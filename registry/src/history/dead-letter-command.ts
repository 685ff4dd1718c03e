import type { RegistryDeps } from '../deps.js';
import { DatabaseError } from '../store/database-error.js';
import {
  type DeadLetter,
  discardDeadLetters,
  type KeptDeadLetter,
  keepFailedAttempt,
  listDeadLetters,
} from '../store/dead-letters.js';
import { recordMessages } from '../store/messages.js';
import { recordReceipts } from '../store/receipts.js';
import { readCaptured } from './read-captured.js';

const deadLetterActions = ['list', 'retry', 'discard'] as const;

export interface DeadLetterCommand {
  readonly action: (typeof deadLetterActions)[number];
  /** All of them when undefined. */
  readonly ids: readonly string[] | undefined;
}

type Deps = Pick<RegistryDeps, 'database' | 'config' | 'now'>;
type Failure = Pick<DeadLetter, 'reason' | 'detail'>;

const pageSize = 100;
const shownBytes = 200;

/** Undefined for words that are no command. `discard` wants its letters named, or the word `all`. */
export function parseDeadLetterCommand([word, ...ids]: readonly string[]): DeadLetterCommand | undefined {
  const action = deadLetterActions.find((known) => known === word);
  if (!action || (action === 'discard' && ids.length === 0)) return undefined;
  const isAll = ids.length === 0 || (ids.length === 1 && ids[0] === 'all');
  return { action, ids: isAll ? undefined : ids };
}

/** Runs one command against the database and tells, line by line as JSON, what became of each letter. */
export async function runDeadLetterCommand(
  deps: Deps,
  { action, ids }: DeadLetterCommand,
  tell: (line: object) => void,
): Promise<void> {
  if (action === 'discard') return tell({ discarded: await discardDeadLetters(deps.database, ids) });
  let afterId: string | undefined;
  for (;;) {
    const letters = await listDeadLetters(deps.database, { afterId, ids, count: pageSize });
    for (const letter of letters) tell(action === 'list' ? summary(letter) : await retry(deps, letter));
    afterId = letters.at(-1)?.dead_letter_id;
    if (afterId === undefined) return;
  }
}

function summary({ body, ...letter }: KeptDeadLetter): object {
  return { ...letter, body_start: Buffer.from(body.subarray(0, shownBytes)).toString('latin1') };
}

/** Reads a letter as if it had just been captured; its time stays that of the first receipt. */
async function retry(deps: Deps, letter: KeptDeadLetter): Promise<object> {
  const { dead_letter_id, attempts } = letter;
  const failure = await record(deps, letter);
  if (!failure) return { dead_letter_id, recorded: true };
  await keepFailedAttempt(deps.database, { dead_letter_id, ...failure }, deps.now());
  return { dead_letter_id, recorded: false, ...failure, attempts: attempts + 1 };
}

async function record({ database, config }: Deps, letter: KeptDeadLetter): Promise<Failure | undefined> {
  const { dead_letter_id, subject, body, body_bytes, received_at } = letter;
  if (body_bytes > body.length)
    return { reason: 'too_large', detail: `only ${body.length} of ${body_bytes} bytes were kept` };
  const captured = { captureId: dead_letter_id, subject, body, receivedAt: received_at, done: () => {} };
  const reading = readCaptured(captured, config.tokenEstimateCharsPerToken);
  if (reading.kind === 'dead') return { reason: reading.reason, detail: reading.detail };
  try {
    await database.transaction(async (tx) => {
      if (reading.kind === 'message') {
        await recordMessages(tx, [reading.message]);
        await recordReceipts(tx, reading.receipts);
      }
      await discardDeadLetters(tx, [dead_letter_id]);
    });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof DatabaseError) || cause.fault === 'unavailable') throw cause;
    return { reason: 'database_refused', detail: cause.message };
  }
}
