import type { RecordedFrame } from './captured-frame.js';
import { Conversation, type Heard, text } from './conversation.js';
import type { Found, TraceFinding } from './finding.js';
import { judgeAnswers, sessionTag } from './judge-answers.js';
import { judgeGates } from './judge-gates.js';
import { judgeOutcomes } from './judge-outcomes.js';
import { judgePresence } from './judge-presence.js';
import { judgeReceipts } from './judge-receipts.js';
import { judgeReplies } from './judge-replies.js';
import { judgeRpcs } from './judge-rpcs.js';
import { judgeSentMessages } from './judge-sent-messages.js';
import { judgeWithReply } from './judge-with-reply.js';
import { judgeWork, type WorkLimits } from './judge-work.js';
import { Memory } from './memory.js';

/** Traffic of one network from one moment on. */
export interface Capture {
  readonly name: string;
  readonly frames: readonly RecordedFrame[];
}

export interface JudgeOptions extends WorkLimits {
  /**
   * Messages, hellos and goodbyes that a test made to see what happens; they are not judged, the answers to them are.
   * @default those that name no session a registry can have opened
   */
  readonly madeByTest?: (heard: Heard) => boolean;
}

/** Judges recordings of one network, in the order in which they were made: each frame, and what the frames say to each other. */
export function judgeCaptures(captures: readonly Capture[], options: JudgeOptions = {}): TraceFinding[] {
  const memory = new Memory();
  const { madeByTest = namesNoSession } = options;
  return captures.flatMap(({ name, frames }) => {
    const conversation = new Conversation(name, frames, memory);
    const found = [
      ...judgeRpcs(conversation),
      ...judgeAnswers(conversation),
      ...judgeSentMessages(conversation, madeByTest),
      ...judgeReplies(conversation),
      ...judgeReceipts(conversation),
      ...judgeWithReply(conversation),
      ...judgeGates(conversation),
      ...judgeOutcomes(conversation),
      ...judgeWork(conversation, options),
      ...judgePresence(conversation, madeByTest),
    ];
    return withoutRepetitions(found).map((one) => ({ ...one, capture: name }));
  });
}

/** One frame that breaks one rule in every row is one finding. */
function withoutRepetitions(found: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return found.filter(({ rule, frames }) => {
    const key = `${rule} ${frames.map(({ n }) => n).join()}`;
    return !seen.has(key) && seen.add(key);
  });
}

function namesNoSession({ json, role }: Heard): boolean {
  return !sessionTag.test(text(json?.[role === 'message' ? 'from_session_tag' : 'session_tag']));
}
