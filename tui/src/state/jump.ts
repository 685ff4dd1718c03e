import type { Command } from '../keymap/keymap.js';
import type { Conversation, Party } from '../traffic/index.js';
import { chosenAgent } from './agents-state.js';
import { type AppState, addressOf, nameOf, type Step, step, withNotice } from './app-state.js';
import { chatWith, watch } from './command-line.js';
import { threadOf } from './copy.js';
import { filterThreads, openThread } from './take-threads.js';
import { chosenConversation } from './take-watch.js';
import { chosenThread, type OpenThread } from './threads-state.js';
import { conversationOf } from './watch-state.js';

/** Goes from the thing that is chosen to what belongs to it on another screen; undefined for other commands. */
export function jump(state: AppState, command: Command): Step | undefined {
  switch (command) {
    case 'chatWith':
      return toChat(state) ?? nothingChosen(state);
    case 'trafficOf':
      return toTraffic(state) ?? nothingChosen(state);
    case 'threadsOf':
      return toThreads(state) ?? nothingChosen(state);
    case 'openThread':
      return toThread(state) ?? nothingChosen(state);
    default:
      return undefined;
  }
}

function nothingChosen(state: AppState): Step {
  return step(withNotice(state, 'nothing is chosen', 'warn'));
}

function toChat(state: AppState): Step | undefined {
  const { screen, agents, threads } = state;
  if (screen === 'agents') {
    const agent = agents.open?.profile ?? chosenAgent(agents);
    return agent && chatWith(state, addressOf(state, agent.accountId));
  }
  if (screen === 'threads' && threads.open)
    return chatWith(state, partnerIn(state, threads.open), threads.open.threadId);
  const conversation = watchedConversation(state);
  return conversation && chatWith(state, partyAddress(state, conversation.opening?.to));
}

function toTraffic(state: AppState): Step | undefined {
  const { screen, agents, threads } = state;
  const agent = screen === 'agents' ? (agents.open?.profile ?? chosenAgent(agents)) : undefined;
  const threadId = threads.open?.threadId ?? chosenThread(threads)?.threadId;
  const filter = agent
    ? `with:${addressOf(state, agent.accountId)}`
    : screen === 'threads' && threadId !== undefined
      ? `thread:${quoted(threadId)}`
      : undefined;
  if (filter === undefined) return undefined;
  const outcome = watch(state, filter);
  return 'complaint' in outcome ? step(withNotice(state, outcome.complaint, 'bad')) : outcome;
}

function toThreads(state: AppState): Step | undefined {
  const agent = state.agents.open?.profile ?? chosenAgent(state.agents);
  if (!agent) return undefined;
  const { open: _open, ...threads } = state.threads;
  return filterThreads({ ...state, screen: 'threads', threads }, `@${agent.username}`);
}

function toThread(state: AppState): Step | undefined {
  const conversation = watchedConversation(state);
  const threadId = conversation && threadOf(conversation);
  return threadId === undefined ? undefined : openThread(state, threadId);
}

function watchedConversation(state: AppState): Conversation | undefined {
  if (state.screen !== 'watch') return undefined;
  const { watch: watching } = state;
  return watching.open ? conversationOf(watching, watching.open.key) : chosenConversation(state);
}

function partyAddress(state: AppState, party: Party = {}): string {
  if (party.capability !== undefined) return `capability:${party.capability}`;
  if (party.accountId === undefined) return '';
  return addressOf(state, party.accountId);
}

/** Somebody else who spoke in the thread, or was spoken to. */
function partnerIn(state: AppState, { messages }: OpenThread): string {
  const others = messages.flatMap(({ from, to }) => [from, to]).filter((id) => id !== '' && id !== state.ownAccountId);
  const partner = others.findLast((id) => id.startsWith('acct_')) ?? others.at(-1);
  if (partner === undefined) return '';
  return partner.startsWith('acct_') ? addressOf(state, partner) : nameOf(state, partner);
}

function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : JSON.stringify(text);
}
