import { FilterError, parseFilter } from '../filter/index.js';
import { type AppState, type Step, step, withNotice } from './app-state.js';
import { currentRoom, enterNewRoom, enterRoom } from './chat-state.js';
import { askReport } from './report.js';
import { shellWords } from './shell-words.js';
import { openAgent } from './take-agents.js';
import { say } from './take-chat.js';
import { filterThreads, openThread } from './take-threads.js';

/** What the command bar understood, or why it did not. */
export type Outcome = Step | { readonly complaint: string };

/** A command line taken apart. Options are given by their long names, as on the command line. */
interface Written {
  /** What is no option. */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** Everything behind the command. */
  readonly rest: string;
}

interface BarCommand {
  readonly says: string;
  /** Options it knows, without the dashes. */
  readonly options?: readonly string[];
  run(state: AppState, written: Written): Outcome;
}

const targetOptions = ['to-username', 'to-account', 'to-capability', 'thread-id'];

/** The words of the command line that make sense here. */
export const barCommands: Readonly<Record<string, BarCommand>> = {
  watch: { says: 'watch [filter]', run: (state, { rest }) => watch(state, rest) },
  chat: { says: 'chat [@name | capability:x | account] [thread]', options: targetOptions, run: chat },
  threads: {
    says: 'threads [part of id | @participant]',
    options: ['query', 'participant-username'],
    run: (state, { words, options }) => {
      const participant = options.get('participant-username');
      const filter =
        participant === undefined ? (options.get('query') ?? words[0] ?? '') : `@${participant.replace(/^@/, '')}`;
      const { open: _open, ...threads } = state.threads;
      return filterThreads({ ...state, screen: 'threads', threads }, filter);
    },
  },
  'thread-messages': { says: 'thread-messages <thread id>', options: ['thread-id'], run: thread },
  'thread-status': { says: 'thread-status <thread id>', options: ['thread-id'], run: thread },
  list: { says: 'list', run: (state) => agents(state, '') },
  search: {
    says: 'search <part of a name | capability>',
    options: ['query', 'capability'],
    run: (state, { words, options }) =>
      agents(state, options.get('query') ?? options.get('capability') ?? words[0] ?? ''),
  },
  profile: { says: 'profile <@name | account>', options: ['username', 'account-id'], run: profile },
  send: {
    says: 'send <target> <text or JSON>',
    options: targetOptions,
    run: (state, written) => post(state, written, false),
  },
  request: {
    says: 'request <target> <text or JSON>',
    options: targetOptions,
    run: (state, written) => post(state, written, true),
  },
  'message-search': { says: 'message-search [filter]', run: (state, { rest }) => searchMessages(state, rest.trim()) },
  metrics: { says: 'metrics', run: (state) => askReport(state, { about: 'metrics' }) },
  doctor: { says: 'doctor', run: (state) => askReport(state, { about: 'doctor' }) },
  contexts: { says: 'contexts', run: contexts },
  help: { says: 'help', run: (state) => step({ ...state, overlay: { kind: 'help', scroll: 0 } }) },
  quit: { says: 'quit', run: (state) => step(state, { do: 'quit' }) },
};

export const commandWords = Object.keys(barCommands);

/** Does what was written in the command bar. */
export function runCommandLine(state: AppState, text: string): Outcome {
  const closed: AppState = { ...state, overlay: { kind: 'none' } };
  const [, name = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  if (name === '') return step(closed);
  const command = Object.hasOwn(barCommands, name) ? barCommands[name] : undefined;
  if (!command) return { complaint: complaintAbout(name) };
  // Filters have quotes of their own.
  const written = filtering.has(name)
    ? { words: [], options: new Map(), rest }
    : takeApart(rest, command.options ?? []);
  return 'complaint' in written ? written : command.run(closed, written);
}

/** Words followed by a filter. */
const filtering: ReadonlySet<string> = new Set(['watch', 'message-search']);

/** Words of the command line that have nothing to show in a full screen. */
const shellWordsOnly: ReadonlySet<string> = new Set(['completion', 'conformance', 'tui', 'up']);

function complaintAbout(name: string): string {
  return shellWordsOnly.has(name)
    ? `${name} is for the shell: ctrl+z, agentnet ${name}, then fg`
    : `no command ${name}; known are ${commandWords.join(' ')}`;
}

function takeApart(rest: string, known: readonly string[]): Written | { complaint: string } {
  const all = shellWords(rest);
  if (!all) return { complaint: 'a quote is never closed' };
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < all.length; at++) {
    const word = all[at] ?? '';
    if (!word.startsWith('--')) {
      words.push(word);
      continue;
    }
    const [name = '', given] = word.slice(2).split(/=(.*)/s);
    if (!known.includes(name))
      return { complaint: `no option --${name} here; ${known.map((one) => `--${one}`).join(' ') || 'it takes none'}` };
    const value = given ?? all[++at];
    if (value === undefined) return { complaint: `--${name} needs a value` };
    options.set(name, value);
  }
  return { words, options, rest };
}

/** Shows the traffic that fits a filter. */
export function watch(state: AppState, source: string): Outcome {
  try {
    const filter = parseFilter(source);
    const { open: _open, ...watching } = state.watch;
    return step({ ...state, screen: 'watch', overlay: { kind: 'none' }, watch: { ...watching, filter } });
  } catch (cause) {
    if (cause instanceof FilterError) return { complaint: cause.detail };
    throw cause;
  }
}

function searchMessages(state: AppState, filter: string): Outcome {
  if (/(^|\s)--\w/.test(filter))
    return {
      complaint: 'options are for the shell; here the filter says it: thread:ops_1 kind:request text:"two words"',
    };
  try {
    parseFilter(filter);
    return askReport(state, { about: 'message-search', filter });
  } catch (cause) {
    if (cause instanceof FilterError) return { complaint: cause.detail };
    throw cause;
  }
}

function contexts(state: AppState, { words: [word = 'list'] }: Written): Outcome {
  if (word !== 'list') return { complaint: `contexts ${word} is for the shell: ctrl+z, then fg` };
  return askReport(state, { about: 'contexts' });
}

function agents(state: AppState, filter: string): Step {
  const { open: _open, ...rest } = state.agents;
  return step({ ...state, screen: 'agents', agents: { ...rest, filter } }, { do: 'loadAgents' });
}

function profile(state: AppState, { words, options }: Written): Outcome {
  const target = options.get('account-id') ?? options.get('username') ?? words[0];
  if (target === undefined) return { complaint: 'profile needs @name or an account id' };
  const known = state.agents.rows.find(({ username }) => username === target.replace(/^@/, ''));
  if (known) return openAgent(state, known.accountId);
  if (/^acct_/.test(target) || options.has('account-id')) return openAgent(state, target);
  const agentsState = { ...state.agents, open: { accountId: '', scroll: 0 } };
  return step(
    { ...state, screen: 'agents', agents: agentsState },
    { do: 'loadProfile', username: target.replace(/^@/, '') },
  );
}

function thread(state: AppState, { words, options }: Written): Outcome {
  const threadId = options.get('thread-id') ?? words[0];
  return threadId === undefined ? { complaint: 'which thread? its id is missing' } : openThread(state, threadId);
}

function chat(state: AppState, { words, options }: Written): Outcome {
  const { to, left } = targetOf(words, options);
  const threadId = options.get('thread-id') ?? left[0];
  return chatWith(state, to ?? '', threadId);
}

/** Goes to a conversation: in a thread, or with somebody in a new one unless there is one already. */
export function chatWith(state: AppState, to: string, threadId?: string): Step {
  const { chat: before } = state;
  const shown: AppState = { ...state, screen: 'chat' };
  const composing = (changed: typeof before): AppState => ({ ...shown, chat: { ...changed, isComposing: true } });
  if (threadId !== undefined) {
    return step(composing(enterRoom(before, threadId, to === '' ? undefined : to)), { do: 'loadRoom', threadId });
  }
  if (to === '' || currentRoom(before).to === to) return step(composing(before));
  const found = before.rooms.find((room) => room.to === to);
  return step(composing(found ? enterRoom(before, found.threadId) : enterNewRoom(before, to)));
}

function post(state: AppState, { words, options }: Written, wantsReply: boolean): Outcome {
  const { to, left } = targetOf(words, options);
  const text = left.join(' ');
  if (to === undefined || text === '') return { complaint: 'a target and a text are needed: request @echo hello' };
  const entered = chatWith(state, to, options.get('thread-id'));
  return say(withNotice(entered.state, `sent to ${to}`), text, wantsReply);
}

function targetOf(
  words: readonly string[],
  options: ReadonlyMap<string, string>,
): { to?: string; left: readonly string[] } {
  const username = options.get('to-username');
  if (username !== undefined) return { to: `@${username.replace(/^@/, '')}`, left: words };
  const account = options.get('to-account');
  if (account !== undefined) return { to: `account:${account}`, left: words };
  const capability = options.get('to-capability');
  if (capability !== undefined) return { to: `capability:${capability}`, left: words };
  const [to, ...left] = words;
  return to === undefined ? { left } : { to, left };
}
