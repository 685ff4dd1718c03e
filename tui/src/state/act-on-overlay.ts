import { editorOf, emptyEditor } from '../editor/text-editor.js';
import type { Command } from '../keymap/keymap.js';
import { type AppState, type Step, step, withNotice } from './app-state.js';
import { isMove, moveTo } from './chosen.js';
import { runCommandLine, watch } from './command-line.js';
import { complete } from './completion.js';
import { copyable, shellCommand } from './copy.js';
import type { Overlay, PromptPurpose } from './overlay.js';
import { actOnReport } from './report.js';
import { searchThread } from './take-thread.js';
import { filterThreads } from './take-threads.js';
import { searchWatch } from './take-watch.js';
import { completableIn } from './writing.js';

/** Opens what lies over the screen, and answers the keys there; undefined when it is not concerned. */
export function actOnOverlay(state: AppState, command: Command): Step | undefined {
  const { overlay } = state;
  switch (overlay.kind) {
    case 'none':
      return open(state, command);
    case 'help':
      return step({ ...state, overlay: inHelp(overlay, command, state) });
    case 'report':
      return actOnReport(state, overlay, command);
    case 'copy':
      return step(closed(state), ...copied(state, command));
    case 'confirm':
      return command === 'yes' ? step(closed(state), overlay.effect) : step(closed(state));
    case 'prompt':
      return actOnPrompt(state, overlay, command);
  }
}

function open(state: AppState, command: Command): Step | undefined {
  const prompt = (purpose: PromptPurpose, text: string) =>
    step({ ...state, overlay: { kind: 'prompt', purpose, editor: text === '' ? emptyEditor : editorOf(text) } });
  const { screen, watch: watching, threads, agents } = state;
  switch (command) {
    case 'help':
      return step({ ...state, overlay: { kind: 'help', scroll: 0 } });
    case 'copy':
      return step(
        copyable(state) ? { ...state, overlay: { kind: 'copy' } } : withNotice(state, 'nothing is chosen', 'warn'),
      );
    case 'commandBar':
      return prompt('command', '');
    case 'filter':
      return prompt(
        'filter',
        { watch: watching.filter.source, threads: threads.filter, agents: agents.filter, chat: '' }[screen],
      );
    case 'search':
      return prompt('search', '');
    default:
      return undefined;
  }
}

function closed(state: AppState): AppState {
  return { ...state, overlay: { kind: 'none' } };
}

function inHelp(
  overlay: Extract<Overlay, { kind: 'help' }>,
  command: Command,
  { scrollMost, size }: AppState,
): Overlay {
  if (!isMove(command)) return { kind: 'none' };
  return { ...overlay, scroll: moveTo(command, { place: overlay.scroll, count: scrollMost + 1, page: size.rows - 4 }) };
}

function copied(state: AppState, command: Command) {
  const chosen = copyable(state);
  if (!chosen) return [];
  switch (command) {
    case 'copyId':
      return [{ do: 'copy', text: chosen.id, what: 'id' } as const];
    case 'copyJson':
      return [{ do: 'copy', text: chosen.json, what: 'JSON' } as const];
    case 'copyCommand':
      return [{ do: 'copy', text: shellCommand(chosen, state.server), what: 'command' } as const];
    default:
      return [];
  }
}

type Prompt = Extract<Overlay, { kind: 'prompt' }>;

function actOnPrompt(state: AppState, prompt: Prompt, command: Command): Step {
  switch (command) {
    case 'back':
      return step(closed(state));
    case 'complete':
      return step({ ...state, overlay: { ...prompt, editor: complete(completableIn(state)) } });
    case 'submit': {
      const outcome = submit(state, prompt);
      return 'complaint' in outcome
        ? step({ ...state, overlay: { ...prompt, complaint: outcome.complaint } })
        : outcome;
    }
    default:
      return step(state);
  }
}

function submit(state: AppState, { purpose, editor }: Prompt) {
  const { text } = editor;
  const shut = closed(state);
  if (purpose === 'command') return runCommandLine(state, text);
  if (purpose === 'search') return step(searched(shut, text));
  if (state.screen === 'threads') return filterThreads(shut, text.trim());
  if (state.screen === 'agents') return step({ ...shut, agents: { ...shut.agents, filter: text } });
  return watch(shut, text);
}

function searched(state: AppState, text: string): AppState {
  if (state.screen === 'watch') return searchWatch(state, text);
  const { open: thread } = state.threads;
  return thread ? searchThread(state, thread, text) : state;
}
