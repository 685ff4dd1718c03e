import { matchSubject, operations, type RpcName } from '@agentnet/protocol';
import type { RecordedFrame } from './captured-frame.js';
import { assignRoles, type Role } from './frame-roles.js';
import { Memory } from './memory.js';

export type Json = Readonly<Record<string, unknown>>;

/** One frame with what it means. */
export interface Heard {
  readonly frame: RecordedFrame;
  readonly role: Role;
  /** The request it answers. */
  readonly request?: RecordedFrame;
  /** The body, when it is a JSON object. */
  readonly json: Json | undefined;
}

/** A message with everything that was said about it. */
export interface MessageStory {
  /** All copies, the first one first. */
  readonly copies: readonly Heard[];
  readonly receipts: readonly Heard[];
  readonly replies: readonly Heard[];
}

/** What a recording's frames say to each other. */
export class Conversation {
  readonly heard: readonly Heard[];
  readonly stories: readonly MessageStory[];
  readonly #answers = new Map<RecordedFrame, Heard[]>();

  constructor(
    readonly capture: string,
    frames: readonly RecordedFrame[],
    /** What earlier recordings of the same network told. */
    readonly memory: Memory = new Memory(),
  ) {
    this.heard = assignRoles(frames).map(({ frame, role, request }) => {
      const heard = { frame, role, json: objectOf(frame), ...(request ? { request } : {}) };
      return heard;
    });
    for (const one of this.heard) {
      if (one.request) this.#answers.set(one.request, [...this.answersTo(one.request), one]);
    }
    this.stories = this.#tellStories();
  }

  answersTo(request: RecordedFrame): readonly Heard[] {
    return this.#answers.get(request) ?? [];
  }

  of(role: Role): readonly Heard[] {
    return this.heard.filter((heard) => heard.role === role);
  }

  /** Whether the recording went on long enough after a frame that an answer to it would be in it. */
  wentOnAfter(frame: RecordedFrame): boolean {
    const last = this.heard.at(-1)?.frame;
    return last !== undefined && last.afterMs - frame.afterMs >= answerWithinMs;
  }

  #tellStories(): MessageStory[] {
    const stories = new Map<string, { copies: Heard[]; receipts: Heard[]; replies: Heard[] }>();
    for (const heard of this.heard) {
      const { role, json } = heard;
      if (role === 'message') {
        const key =
          json && text(json['message_id']) !== '' ? keyOf(json, text(json['from_account_id'])) : `#${heard.frame.n}`;
        const story = stories.get(key) ?? { copies: [], receipts: [], replies: [] };
        if (story.copies.length === 0) stories.set(key, story);
        story.copies.push(heard);
      }
      if (role === 'receipt' && json) {
        const sender = matchSubject.accountReceipts(heard.frame.subject)?.account_id ?? '';
        stories.get(keyOf(json, sender))?.receipts.push(heard);
      }
    }
    for (const story of stories.values()) {
      story.replies.push(...story.copies.flatMap(({ frame }) => this.answersTo(frame)));
    }
    return [...stories.values()];
  }
}

/** How long an answer may take before its absence counts. */
const answerWithinMs = 200;

const operationOfSubject = new Map<string, RpcName>(
  (Object.keys(operations) as (keyof typeof operations)[])
    .filter((name): name is RpcName => operations[name].role === 'rpc')
    .map((name) => [operations[name].subject, name]),
);

/** The registry operation a subject belongs to. */
export function operationOf(subject: string): RpcName | undefined {
  return operationOfSubject.get(subject);
}

/** A field as text, the empty text for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function objectOf({ body }: RecordedFrame): Json | undefined {
  return body.kind === 'json' ? asObject(body.value) : undefined;
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The objects of a list field. */
export function rowsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asObject).filter((row) => row !== undefined) : [];
}

function keyOf(body: Json, sender: string): string {
  return `${sender} ${text(body['message_id'])}`;
}
