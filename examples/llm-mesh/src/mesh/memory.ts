import type { Turn } from '../providers/provider.js';

const keptTurns = 20;
const keptThreads = 200;

/** What was said, per sender and thread: nobody reads along by naming somebody else's thread. The oldest is forgotten first. */
export class Memory {
  readonly #threads = new Map<string, readonly Turn[]>();

  recall(sender: string, threadId: string): readonly Turn[] {
    return this.#threads.get(keyOf(sender, threadId)) ?? [];
  }

  keep(sender: string, threadId: string, said: { question: string; answer: string }): void {
    const key = keyOf(sender, threadId);
    const turns: Turn[] = [
      ...this.recall(sender, threadId),
      { role: 'user', text: said.question },
      { role: 'assistant', text: said.answer, toolCalls: [] },
    ];
    // Deleted first, so that the thread becomes the youngest.
    this.#threads.delete(key);
    this.#threads.set(key, turns.slice(-keptTurns));
    const [oldest] = this.#threads.keys();
    if (this.#threads.size > keptThreads && oldest !== undefined) this.#threads.delete(oldest);
  }
}

function keyOf(sender: string, threadId: string): string {
  return JSON.stringify([sender, threadId]);
}
