import { authScenarios } from './agents/auth.js';
import { blobScenarios } from './agents/blobs.js';
import { envelopeScenarios } from './agents/envelopes.js';
import { guardrailScenarios } from './agents/guardrails.js';
import { inboxScenarios } from './agents/inboxes.js';
import { outcomeScenarios } from './agents/outcomes.js';
import { presenceScenarios } from './agents/presence.js';
import { readingScenarios } from './agents/reading.js';
import { receiptScenarios } from './agents/receipts.js';
import { sendingScenarios } from './agents/sending.js';
import { streamedAnswerScenarios } from './agents/streamed-answers.js';
import { streamScenarios } from './agents/streams.js';
import { withReplyScenarios } from './agents/with-reply.js';
import { workScenarios } from './agents/work.js';
import type { Scenario } from './core/scenario.js';
import { pairScenarios } from './pairs/interoperability.js';
import { registryScenarios } from './registry/index.js';

/** Every scenario of the kit. */
export const allScenarios: readonly Scenario[] = [
  ...receiptScenarios,
  ...withReplyScenarios,
  ...sendingScenarios,
  ...envelopeScenarios,
  ...readingScenarios,
  ...inboxScenarios,
  ...guardrailScenarios,
  ...workScenarios,
  ...outcomeScenarios,
  ...presenceScenarios,
  ...streamScenarios,
  ...streamedAnswerScenarios,
  ...blobScenarios,
  ...authScenarios,
  ...pairScenarios,
  ...registryScenarios,
];
