import type { MessageEntry, ThreadEntry } from './entries.js';

/** The Threads screen. */
export interface ThreadsState {
  readonly rows: readonly ThreadEntry[];
  readonly chosenId?: string;
  /** Part of the thread id, or `@username` of a participant. */
  readonly filter: string;
  /** Where the next page begins; absent on the last one. */
  readonly cursor?: string;
  readonly isLoading: boolean;
  readonly loadedMs?: number;
  readonly error?: string;
  readonly open?: OpenThread;
}

/** One thread, oldest message first. */
export interface OpenThread {
  readonly threadId: string;
  readonly messages: readonly MessageEntry[];
  /** Where older messages begin. */
  readonly cursor?: string;
  readonly isLoading: boolean;
  readonly loadedMs?: number;
  readonly error?: string;
  readonly view: 'transcript' | 'diagram';
  /** Place of the chosen message; the thread is shown as it was when that was sent. */
  readonly place: number;
  /** Stays at the newest message as they come. */
  readonly isFollowing: boolean;
  readonly search: string;
}

export const noThreads: ThreadsState = { rows: [], filter: '', isLoading: false };

/** Messages kept of an open thread; older ones are dropped, and exports read them anew. */
export const openThreadMost = 1000;

/** Threads kept in the list. */
export const threadsMost = 2000;

export function emptyThread(threadId: string): OpenThread {
  return { threadId, messages: [], isLoading: true, view: 'transcript', place: 0, isFollowing: true, search: '' };
}

export function chosenThread({ rows, chosenId }: ThreadsState): ThreadEntry | undefined {
  return rows.find(({ threadId }) => threadId === chosenId) ?? rows[0];
}
