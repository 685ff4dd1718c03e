import { AgentSDK } from '@agentnet/sdk';
import { ConfigError } from '../config/config-error.js';
import { printable } from './printable.js';

const defaultTurns = 4;
const mostTurns = 50;

/** Two agents in conversation. */
export interface Duo {
  readonly natsUrl: string;
  readonly speakers: readonly [string, string];
  readonly opening: string;
  readonly turns: number;
  readonly write: (text: string) => void;
}

/** @throws {ConfigError} */
export function readTurns(text: string | undefined): number {
  if (text === undefined || text.trim() === '') return defaultTurns;
  const turns = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (turns >= 1 && turns <= mostTurns) return turns;
  throw new ConfigError(`DEMO_TURNS must be a whole number from 1 to ${mostTurns}; leave it out for ${defaultTurns}`);
}

/** Hands what one agent says to the other, turn by turn in one thread, and writes it as it is made. Returns the thread's id. */
export async function playDuo({ natsUrl, speakers, opening, turns, write }: Duo): Promise<string> {
  const stage = await AgentSDK.open({ agentId: 'duo_stage', natsUrl });
  try {
    const thread = stage.thread();
    let said = opening;
    for (let turn = 0; turn < turns; turn += 1) {
      const speaker = speakers[turn % 2 === 0 ? 0 : 1];
      write(`${speaker}: `);
      const answer = thread.askStream(`@${speaker}`, { text: said, stream: true });
      for await (const delta of answer) write(printable(delta));
      write('\n');
      said = await answer.text;
    }
    return thread.id;
  } finally {
    await stage.close();
  }
}
