import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, MessageRow, RegistryClient } from '@agentnet/protocol';
import { instantText } from '../layout/clock-text.js';
import type { ExportFormat } from '../state/effect.js';
import { safeJson, sanitize } from '../text/sanitize.js';
import { messageEntry } from './to-entries.js';

export interface ExportOptions extends CallOptions {
  threadId: string;
  format: ExportFormat;
  /** Folder the file is made in. */
  folder: string;
  nameOf: (accountId: string) => string;
}

const pageSize = 200;
/** Threads longer than this are cut at the old end, and the file says so. */
const mostMessages = 100_000;

/** Writes a whole thread, read anew from the registry, into a new file; nothing is ever replaced. */
export async function exportThread(
  registry: RegistryClient,
  { threadId, format, folder, nameOf, ...call }: ExportOptions,
): Promise<{ file: string; count: number }> {
  const rows: MessageRow[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await registry.threadMessages(
      { thread_id: threadId, limit: pageSize, ...(cursor ? { cursor } : {}) },
      call,
    );
    rows.push(...page.messages);
    cursor = page.next_cursor;
  } while (cursor && rows.length < mostMessages);
  const oldestFirst = rows.toReversed();
  const text =
    format === 'jsonl'
      ? oldestFirst.map((row) => `${safeJson(row)}\n`).join('')
      : markdown(threadId, oldestFirst, nameOf);
  return {
    file: await writeNew(folder, threadId, { text, ending: format === 'jsonl' ? 'jsonl' : 'md' }),
    count: rows.length,
  };
}

function markdown(threadId: string, rows: readonly MessageRow[], nameOf: (accountId: string) => string): string {
  const parts = rows.map((row) => {
    const { from, to, kind, text, sentMs, messageId } = messageEntry(row);
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    return `## ${nameOf(from)} → ${nameOf(to)}\n\n${kind}, ${instantText(sentMs)}, \`${messageId}\`\n\n${fence}text\n${text}\n${fence}\n`;
  });
  return [`# Thread \`${sanitize(threadId)}\`\n`, `${rows.length} messages\n`, ...parts].join('\n');
}

/** The thread id chooses no path: what is no plain letter becomes `_`. */
async function writeNew(
  folder: string,
  threadId: string,
  { text, ending }: { text: string; ending: string },
): Promise<string> {
  const name = `thread-${threadId.replaceAll(/[^A-Za-z0-9-]+/g, '_').slice(0, 60)}`;
  for (let copy = 1; ; copy++) {
    const file = join(folder, `${name}${copy === 1 ? '' : `-${copy}`}.${ending}`);
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(text).finally(() => handle.close());
      return file;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || copy >= 100) throw cause;
    }
  }
}
