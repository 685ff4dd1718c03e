/** What one typed line asks for. */
export type ChatLine =
  | { kind: 'say'; text: string }
  | { kind: 'thread'; threadId: string | undefined }
  | { kind: 'showthread' }
  | { kind: 'quit' }
  | { kind: 'help' }
  | { kind: 'nothing' }
  | { kind: 'unknown'; command: string };

export const chatHelp = `/thread <id>   continue in that thread; without id in a new one
/showthread    show the current thread
/quit          end
//text         say a text that begins with a slash`;

/** Reads one line: a text to say, or a command with a slash. */
export function readChatLine(line: string): ChatLine {
  if (line.trim() === '') return { kind: 'nothing' };
  if (line.startsWith('//')) return { kind: 'say', text: line.slice(1) };
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  const [command = '', argument] = line.trim().split(/\s+/, 2);
  switch (command) {
    case '/thread':
      return { kind: 'thread', threadId: argument };
    case '/showthread':
      return { kind: 'showthread' };
    case '/quit':
    case '/exit':
      return { kind: 'quit' };
    case '/help':
      return { kind: 'help' };
    default:
      return { kind: 'unknown', command };
  }
}
