import type { StatusWord } from '../filter/index.js';
import type { Tone } from '../layout/line.js';
import type { ChatStatus } from '../state/chat-state.js';

/** How a state looks. Marks differ in shape, not only in colour. */
export interface Mark {
  readonly mark: string;
  readonly tone: Tone;
}

export const statusMarks: Readonly<Record<StatusWord, Mark>> = {
  sent: { mark: '○', tone: 'dim' },
  accepted: { mark: '◔', tone: 'warn' },
  processed: { mark: '◕', tone: 'good' },
  streaming: { mark: '≈', tone: 'accent' },
  replied: { mark: '●', tone: 'good' },
  rejected: { mark: '✗', tone: 'bad' },
  failed: { mark: '✗', tone: 'bad' },
};

export const chatMarks: Readonly<Record<ChatStatus, Mark>> = {
  pending: { mark: '○', tone: 'warn' },
  streaming: { mark: '≈', tone: 'accent' },
  answered: { mark: '●', tone: 'good' },
  done: { mark: '●', tone: 'dim' },
  failed: { mark: '✗', tone: 'bad' },
  cancelled: { mark: '⊘', tone: 'warn' },
};

const kindTones: Readonly<Record<string, Tone>> = {
  request: 'accent',
  reply: 'good',
  error: 'bad',
  stream: 'accent',
  system: 'warn',
};

/** How a kind of message looks; kinds nobody knows look like any text. */
export function kindTone(kind: string): Tone {
  return Object.hasOwn(kindTones, kind) ? (kindTones[kind] ?? 'plain') : 'plain';
}
