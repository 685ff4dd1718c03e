import { remedyFor } from '../output/remedies.js';
import { type Failure, failureText } from '../output/report-failure.js';
import type { Terminal } from '../output/terminal.js';

/** What happens in a chat; with --json one line each. */
export type ChatEvent =
  | { event: 'joined'; username: string; account_id: string; to: string; thread_id: string }
  | { event: 'sent'; thread_id: string; text: string }
  | { event: 'delta'; thread_id: string; text: string }
  | { event: 'reply'; thread_id: string; text: string; ms: number }
  | { event: 'message'; thread_id: string; from_account_id: string | null; from_agent: string | null; text: string }
  | { event: 'thread'; thread_id: string }
  | { event: 'error'; thread_id: string; error: Failure };

export type TellChat = (event: ChatEvent) => void;

/** Tells programs: every event is one JSON line. */
export function tellChatJson(terminal: Terminal): TellChat {
  return (event) => terminal.printJson(event);
}

/** Tells people: what the other side says on standard output, everything about the chat on the error stream. */
export function tellChatText(terminal: Terminal): TellChat {
  let inLine = false;
  const endLine = () => {
    if (inLine) terminal.write('\n');
    inLine = false;
  };
  return (event) => {
    switch (event.event) {
      case 'joined':
        terminal.warn(
          `You are @${event.username}, in thread ${event.thread_id} with ${event.to}. /help shows the commands.`,
        );
        return;
      case 'sent':
        return;
      case 'delta':
        terminal.write(event.text);
        inLine = true;
        return;
      case 'reply':
        // Its text has been written delta by delta.
        endLine();
        return;
      case 'message':
        endLine();
        terminal.print(`[${event.thread_id}] ${event.from_agent ?? event.from_account_id ?? '?'}: ${event.text}`);
        return;
      case 'thread':
        terminal.warn(`thread ${event.thread_id}`);
        return;
      case 'error':
        endLine();
        terminal.warnLine([{ text: 'error:', style: 'red' }, ` ${failureText(event.error)}`]);
        terminal.warn(remedyFor(event.error.code));
    }
  };
}
