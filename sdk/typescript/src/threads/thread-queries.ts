import type {
  CallOptions,
  MessageRow,
  MessageSearchReply,
  ThreadListReply,
  ThreadMessagesReply,
  ThreadRow,
} from '@agentnet/protocol';
import { Pages, type RegistrySource } from '../pages.js';
import { type ThreadPage, threadMessagesRequest } from './get-thread-messages.js';
import { type ThreadQuery, threadListRequest } from './list-threads.js';
import { findMessages, type MessageQuery } from './search-messages.js';

/** A page of threads, or all of them. */
export type ThreadPages = Pages<ThreadListReply, ThreadRow>;
/** A page of one thread's messages, or all of them. */
export type ThreadMessagePages = Pages<ThreadMessagesReply, MessageRow>;
/** A page of messages found, or all of them. */
export type MessagePages = Pages<MessageSearchReply, MessageRow>;

const messageRows = {
  cursorOf: ({ next_cursor }: { next_cursor: string | null }) => next_cursor,
  rowsOf: ({ messages }: { messages: MessageRow[] }) => messages,
};

export function threadPages(
  source: RegistrySource,
  { cursor: start, ...query }: ThreadQuery,
  call: CallOptions,
): ThreadPages {
  return new Pages<ThreadListReply, ThreadRow>(
    {
      fetch: async (cursor) =>
        source.registry.threadList(threadListRequest(cursor === undefined ? query : { ...query, cursor }), call),
      cursorOf: ({ next_cursor }) => next_cursor,
      rowsOf: ({ results }) => results,
    },
    start,
  );
}

export function threadMessagePages(
  source: RegistrySource,
  { threadId, cursor: start, limit }: ThreadPage & { threadId: string },
  call: CallOptions,
): ThreadMessagePages {
  return new Pages<ThreadMessagesReply, MessageRow>(
    {
      ...messageRows,
      fetch: async (cursor) => source.registry.threadMessages(threadMessagesRequest(threadId, { limit, cursor }), call),
    },
    start,
  );
}

export function messagePages(
  source: RegistrySource,
  { cursor: start, ...query }: MessageQuery,
  call: CallOptions,
): MessagePages {
  return new Pages<MessageSearchReply, MessageRow>(
    {
      ...messageRows,
      fetch: async (cursor) => findMessages(source.registry, cursor === undefined ? query : { ...query, cursor }, call),
    },
    start,
  );
}
