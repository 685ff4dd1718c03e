import { is, subjectPatterns } from '@agentnet/protocol';

/** First token of every inbox. */
export const [inboxRoot = ''] = subjectPatterns.plainInbox.split('.');
/** Tokens of an inbox that the history's stream captures. */
export const replyInboxTokens = subjectPatterns.replyInbox.split('.').length;

const [ofAgents = ''] = subjectPatterns.replyInbox.split('*');

/** Whether a NATS client with this prefix makes inboxes as long as captured ones; shorter and longer ones are recorded anyway. */
export function isInboxPrefix(text: string): boolean {
  const [root, ...tokens] = text.split('.');
  const isShorter = tokens.length > 0 && tokens.length < replyInboxTokens - 1;
  return (
    root === inboxRoot &&
    isShorter &&
    tokens.every((token) => is('SubjectToken', token)) &&
    !`${text}.`.startsWith(ofAgents)
  );
}
