import type { Inbox } from './inbox.js';
import { refusalOf } from './refusal.js';
import { giveBack } from './work.js';

const shuttingDown = refusalOf('shutting_down');

/** Waits for accepted work; what is not finished in time ends with a `rejected` receipt, so that every accepted message gets a final one. */
export async function drainWork(inbox: Inbox): Promise<void> {
  inbox.isAccepting = false;
  if (await isIdleWithin(inbox, inbox.options.drainTimeoutMs)) return;
  for (const incoming of inbox.queue.takePending()) giveBack(incoming, shuttingDown, inbox);
  for (const running of [...inbox.running]) running.end();
  await inbox.queue.idle();
}

function isIdleWithin({ queue, clock }: Inbox, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () => resolve(false));
    void queue.idle().then(() => {
      cancel();
      resolve(true);
    });
  });
}
