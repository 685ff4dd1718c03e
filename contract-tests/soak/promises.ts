import { readReceipts } from '../kit/judge/receipt-order.js';
import type { Case, Casebook } from './casebook.js';
import type { Ending, WireNote } from './evidence.js';
import { receiptsBySession } from './receipts-by-session.js';

/** Something that speaks against a promise. */
export interface Finding {
  readonly what: string;
  /** Whether what was broken at that time explains it, so that it breaks no promise. */
  readonly isExcused: boolean;
}

/** What one order shows against a promise; nothing when it was kept. */
export type Check = (one: Case, book: Casebook) => Finding[];

/** What must hold for every order, whatever broke while it was carried out. */
export const promises: Readonly<Record<string, Check>> = {
  'every send ends, with a result or a typed error': checkEndings,
  'what was reported as a success was handled': checkSuccesses,
  'nothing is handled twice': checkRepetitions,
  'receipts come in order': checkReceipts,
  'receipts say what happened': checkTruth,
  'accepted work ends with a final receipt': checkFinals,
  'the history holds what NATS carried': checkHistory,
};

function against(what: string, isExcused = false): Finding {
  return { what, isExcused };
}

function checkEndings({ endings }: Case): Finding[] {
  if (endings.length === 0) return [against('it never ended')];
  return endings
    .filter(({ isSuccess, code }) => !isSuccess && code === undefined)
    .map(({ attempt, failure }) => against(`attempt ${attempt} ended with no AgentNetError: ${failure}`));
}

function checkSuccesses(one: Case, book: Casebook): Finding[] {
  const success = one.endings.find(({ isSuccess }) => isSuccess);
  const { manner, to } = one.order;
  if (!success || manner === 'unconfirmed') return [];
  const addressee = book.accountOf(to);
  const isProven = manner === 'accepted' ? isTaken(one, addressee) : isHandled(one, addressee);
  if (!isProven)
    return [against(`attempt ${success.attempt} succeeded, but the addressee did not ${wordFor(manner)} it`)];
  return unseenOnWire(one, success, book);
}

function wordFor(manner: string): string {
  return manner === 'accepted' ? 'begin' : 'finish';
}

function isHandled({ deposits }: Case, addressee: string): boolean {
  return deposits.some(({ phase, accountId }) => phase === 'done' && accountId === addressee);
}

/** Taken is what was worked on, or given back before with a receipt. */
function isTaken({ deposits, wire }: Case, addressee: string): boolean {
  return (
    deposits.some(({ accountId }) => accountId === addressee) ||
    receiptsIn(wire).some(({ status, accountId }) => status === 'accepted' && accountId === addressee)
  );
}

function receiptsIn(wire: readonly WireNote[]): readonly WireNote[] {
  return [...receiptsBySession(wire).values()].flat();
}

/** The frame that made the success must have been on the wire, unless nobody could hear it. */
function unseenOnWire({ wire, order }: Case, success: Ending, book: Casebook): Finding[] {
  const addressee = book.accountOf(order.to);
  const isProof = ({ kind, accountId, status = '' }: WireNote): boolean => {
    if (accountId !== addressee) return false;
    if (order.manner === 'request') return kind === 'reply' && status === 'reply';
    return kind === 'receipt' && (order.manner === 'accepted' || status === 'processed');
  };
  if (wire.some(isProof)) return [];
  const isExcused = book.mayHaveMissed(success.begunAtMs, success.atMs);
  return [against(`attempt ${success.attempt} succeeded without a frame that says so`, isExcused)];
}

/** An order has one id or one key, so whatever comes after its work is done is a repetition. */
function checkRepetitions({ deposits, endings }: Case, book: Casebook): Finding[] {
  const done = deposits.find(({ phase }) => phase === 'done');
  if (!done) return [];
  const again = deposits.filter(({ phase, atMs }) => phase === 'begun' && atMs > done.atMs);
  const begunAtMs = endings[0]?.begunAtMs ?? done.atMs;
  return again.map(({ sessionTag, atMs }) => {
    const wasSilent = [sessionTag, done.sessionTag].some((tag) => book.wasDegraded(tag, begunAtMs, atMs));
    const what = `${done.sessionTag} did it, then ${sessionTag} began it again`;
    return against(what, sessionTag !== done.sessionTag && wasSilent);
  });
}

function checkReceipts(one: Case, book: Casebook): Finding[] {
  return [...receiptsBySession(one.wire)].flatMap(([name, receipts]) => {
    const [first, last] = [receipts[0]?.atMs ?? 0, receipts.at(-1)?.atMs ?? 0];
    // A receipt that was lost makes the next one look out of place.
    const begunAtMs = one.endings[0]?.begunAtMs ?? first;
    const isExcused = book.wasCutOff(receipts[0]?.sessionTag ?? '', begunAtMs, last);
    return readReceipts(receipts).oddities.map((oddity) => against(`${name}: ${oddity}`, isExcused));
  });
}

function checkTruth({ wire, deposits }: Case): Finding[] {
  return receiptsIn(wire).flatMap(({ status, code, messageId, sessionTag }) => {
    const expected = status === 'processed' ? 'done' : code === 'handler_error' ? 'failed' : undefined;
    if (expected === undefined) return [];
    const isTrue = deposits.some(
      (deposit) =>
        deposit.phase === expected &&
        deposit.sessionTag === sessionTag &&
        // Who sent the same key again is told of the failure of the message that ran.
        (expected === 'failed' || deposit.messageId === messageId),
    );
    return isTrue
      ? []
      : [against(`${sessionTag} said ${status} ${code ?? ''} of ${messageId}, which it had not ${expected}`)];
  });
}

/** Without a final receipt nobody learns what became of accepted work; only a session that was cut off may owe one. */
function checkFinals(one: Case, book: Casebook): Finding[] {
  return [...receiptsBySession(one.wire)].flatMap(([name, receipts]) => {
    const { standing, acceptedAtMs } = readReceipts(receipts);
    if (standing !== 'accepted') return [];
    const sessionTag = receipts[0]?.sessionTag ?? '';
    const last = one.deposits.filter((deposit) => deposit.sessionTag === sessionTag).at(-1);
    const endedAtMs = Math.max(acceptedAtMs, last?.atMs ?? 0);
    return [against(`${name}: accepted, then nothing`, book.wasCutOff(sessionTag, acceptedAtMs, endedAtMs))];
  });
}

function checkHistory({ wire }: Case, book: Casebook): Finding[] {
  return wire
    .filter(({ kind, messageId }) => kind !== 'receipt' && messageId !== '' && !book.history.has(messageId))
    .map(({ kind, messageId, atMs }) =>
      against(`the ${kind} ${messageId} is not in the history`, book.mayHaveMissed(atMs, atMs)),
    );
}
