import type { Inbox } from './inbox.js';
import { refusalOf } from './refusal.js';
import { giveBack } from './work.js';

const shuttingDown = refusalOf('shutting_down');

/** Waits for accepted work; what is not finished in time ends with a `rejected` receipt, so that every accepted message gets a final one. */
export async function drainWork(inbox: Inbox): Promise<void> {
  // What is being claimed counts as accepted: its claim would keep the account's other sessions from it.
  await Promise.allSettled(inbox.claiming);
  inbox.isAccepting = false;
  if (await isIdleWithin(inbox, inbox.options.drainTimeoutMs)) return;
  const pending = [...inbox.queue.takePending(), ...inbox.streams.lanes.takePending()];
  for (const running of [...inbox.running]) running.end();
  await Promise.all(pending.map((incoming) => giveBack(incoming, shuttingDown, inbox)));
  await idle(inbox);
}

async function idle({ queue, streams }: Inbox): Promise<void> {
  await Promise.all([queue.idle(), streams.lanes.idle()]);
}

function isIdleWithin(inbox: Inbox, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = inbox.clock.after(timeoutMs, () => resolve(false));
    void idle(inbox).then(() => {
      cancel();
      resolve(true);
    });
  });
}
