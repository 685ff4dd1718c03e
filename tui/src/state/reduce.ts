import { isWriting } from '../keymap/keymap.js';
import type { Action } from './action.js';
import { type AppState, type Step, step, withNotice, withoutReadNotice } from './app-state.js';
import type { Effect } from './effect.js';
import { modeOf } from './mode.js';
import { takeReport } from './report.js';
import { takeAgents } from './take-agents.js';
import { takeChat } from './take-chat.js';
import { takeKey } from './take-key.js';
import { takeThreads } from './take-threads.js';
import { takeTraffic } from './take-watch.js';
import { write } from './writing.js';

/** The one reducer: what the state becomes when something happens, and what is to be done outside. Pure. */
export function reduce(state: AppState, action: Action): Step {
  switch (action.type) {
    case 'key':
      return takeKey({ ...withoutReadNotice(state), scrollMost: action.scrollMost }, action.key, action.text);
    case 'written':
      return step(isWriting(modeOf(state)) ? write(withoutReadNotice(state), action.text) : state);
    case 'resized':
      return step({ ...state, size: action.size });
    case 'tick':
      return takeTick(state);
    case 'link':
      return step({ ...state, link: { status: action.status, sinceMs: state.nowMs, detail: action.detail } });
    case 'registryFailed':
      return step({ ...state, registry: { ...state.registry, error: action.error } });
    case 'notice':
      return step(withNotice(state, action.text, action.tone));
    case 'traffic':
      return takeTraffic(state, action.events);
    case 'threadsLoaded':
    case 'threadsFailed':
    case 'threadLoaded':
    case 'threadFailed':
      return step(takeThreads(state, action));
    case 'reported':
    case 'reportFailed':
      return step(takeReport(state, action));
    case 'roomLoaded':
    case 'answerGrew':
    case 'answered':
    case 'delivered':
    case 'askFailed':
    case 'incoming':
      return step(takeChat(state, action));
    default:
      return step(takeAgents(state, action));
  }
}

/** Milliseconds after which the registry is asked again for what is on the screen. */
const refreshMs = { agents: 4000, thread: 3000 };

/** Time passes: old notices go, and what may have changed is asked for again. */
function takeTick(state: AppState): Step {
  const { notice, ...rest } = state;
  const { nowMs } = state;
  const isOver = notice !== undefined && nowMs >= notice.untilMs;
  const aged: AppState = isOver ? rest : state;
  if (state.link.status !== 'up') return step(aged);
  const effects: Effect[] = [];
  const { agents, threads } = aged;
  const { open } = threads;
  const isDue = (atMs: number | undefined, afterMs: number) => atMs === undefined || nowMs - atMs >= afterMs;
  const asksAgents = isDue(agents.askedMs, refreshMs.agents);
  if (asksAgents) effects.push({ do: 'loadAgents' });
  const asksThread = open?.isFollowing === true && !open.isLoading && isDue(open.loadedMs, refreshMs.thread);
  if (asksThread) effects.push({ do: 'loadThread', threadId: open.threadId });
  const asked = asksAgents ? { ...aged, agents: { ...agents, askedMs: nowMs } } : aged;
  return step(
    asksThread ? { ...asked, threads: { ...threads, open: { ...open, isLoading: true } } } : asked,
    ...effects,
  );
}
