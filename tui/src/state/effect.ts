import type { Question } from './report.js';

/** Something to be done outside the state. What comes of it comes back as actions. */
export type Effect =
  | { readonly do: 'quit' }
  | { readonly do: 'suspend' }
  | { readonly do: 'copy'; readonly text: string; readonly what: string }
  | { readonly do: 'loadAgents' }
  | { readonly do: 'loadProfile'; readonly accountId?: string; readonly username?: string }
  | { readonly do: 'loadThreads'; readonly filter: string; readonly cursor?: string }
  | { readonly do: 'loadThread'; readonly threadId: string; readonly cursor?: string }
  | { readonly do: 'loadRoom'; readonly threadId: string }
  | { readonly do: 'exportThread'; readonly threadId: string; readonly format: ExportFormat }
  | { readonly do: 'report'; readonly question: Question; readonly columns: number; readonly cursor?: string }
  | { readonly do: 'ask'; readonly asking: Asking }
  | { readonly do: 'cancel'; readonly entryId: string };

export type ExportFormat = 'markdown' | 'jsonl';

/** One question of the chat. Sent again it is the same question: its key does not change. */
export interface Asking {
  readonly entryId: string;
  readonly threadId: string;
  readonly to: string;
  /** As typed: JSON goes out as it is, anything else as `{ text }`. */
  readonly text: string;
  readonly key: string;
  /** False sends a message that needs no reply. */
  readonly wantsReply: boolean;
}
