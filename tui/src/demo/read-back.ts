import { type MessageRow, ProtocolError } from '@agentnet/protocol';
import { safeJson } from '../text/sanitize.js';
import { retryUntil } from './retry-until.js';
import type { Cast, Step } from './scene.js';

/** What the earlier steps said, oldest first. */
const expectedKinds = ['direct', 'request', 'reply', 'request', 'reply'];

/** Asks the registry for the thread until its history has everything that was said. */
export const readBack: Step = {
  title: 'The thread, read back from the registry',
  async perform({ registry, cast, threadId, signal }) {
    let kinds: string[] = [];
    const messages = await retryUntil(
      async () => (await registry.threadMessages({ thread_id: threadId }, { signal })).messages.toReversed(),
      (found) => {
        kinds = found.map(({ kind }) => kind);
        return kinds.toSorted().join() === expectedKinds.toSorted().join();
      },
      {
        signal,
        failure: () => new ProtocolError('not_found', `the thread has [${kinds}] instead of [${expectedKinds}]`),
      },
    );
    const names = namesOf(cast);
    return {
      facts: { thread_id: threadId, messages: messages.map(({ message_id, kind }) => ({ message_id, kind })) },
      lines: messages.map((message) => lineOf(message, names)),
    };
  },
};

function lineOf({ kind, from_account_id, to_agent, payload }: MessageRow, names: ReadonlyMap<string, string>): string {
  const nameOf = (id: string) => names.get(id) ?? id;
  return `${kind.padEnd(7)}  ${nameOf(from_account_id ?? '')} -> ${nameOf(to_agent)}  ${safeJson(payload)}`;
}

function namesOf(cast: Cast): ReadonlyMap<string, string> {
  return new Map(Object.values(cast).map((node) => [node.accountId, `@${node.username}`]));
}
