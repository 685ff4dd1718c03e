import { fillLine, fitLine, type Line, lineOf } from '../layout/line.js';
import { textWidth } from '../layout/text-width.js';
import { type AppState, bodyRows } from '../state/app-state.js';
import { modeOf } from '../state/mode.js';
import { agentLines, agentsLines } from './agents-lines.js';
import { chatLines, chatScrollMost } from './chat-lines.js';
import { conversationLines } from './conversation-lines.js';
import { footerLine, promptNote } from './footer-lines.js';
import { crumbLine, tabLine } from './header-lines.js';
import { helpLines } from './help-lines.js';
import { reportLines } from './report-lines.js';
import { threadLines } from './thread-lines.js';
import { threadsLines } from './threads-lines.js';
import { watchLines } from './watch-lines.js';

const fewest = { columns: 20, rows: 7 };

/** The whole screen: at most `rows - 1` lines, none wider than the screen. */
export function frameLines(state: AppState): Line[] {
  const { size } = state;
  if (size.columns < fewest.columns || size.rows < fewest.rows) return tooSmall(state);
  const height = bodyRows(size);
  const body = bodyLines(state, height).map((line) => fitLine(line, size.columns));
  const filled = [...body, ...Array.from({ length: Math.max(0, height - body.length) }, () => lineOf(''))].slice(
    0,
    height,
  );
  const note = promptNote(state);
  if (note) filled[height - 1] = fitLine(note, size.columns);
  return [tabLine(state), crumbLine(state), ...filled, footerLine(state)].map((line) => fitLine(line, size.columns));
}

/** How far what is on the screen can be scrolled. */
export function scrollMost(state: AppState): number {
  const height = bodyRows(state.size);
  const mode = modeOf(state);
  if (mode === 'chat' || mode === 'composer') return chatScrollMost(state, height);
  const text = scrolledText(state);
  return text ? Math.max(0, text.lines.length - height) : 0;
}

function bodyLines(state: AppState, height: number): Line[] {
  const text = scrolledText(state);
  if (text) {
    const scroll = Math.min(text.scroll, Math.max(0, text.lines.length - height));
    return text.lines.slice(scroll, scroll + height);
  }
  switch (state.screen) {
    case 'watch':
      return watchLines(state, height);
    case 'chat':
      return chatLines(state, height);
    case 'threads':
      return state.threads.open ? threadLines(state, state.threads.open, height) : threadsLines(state, height);
    case 'agents':
      return agentsLines(state, height);
  }
}

/** What is shown as one long text. */
function scrolledText(state: AppState): { lines: Line[]; scroll: number } | undefined {
  const { overlay, screen, watch, agents } = state;
  if (overlay.kind === 'help') return { lines: helpLines(state), scroll: overlay.scroll };
  if (overlay.kind === 'report') return { lines: reportLines(overlay, state), scroll: overlay.scroll };
  if (screen === 'watch' && watch.open)
    return { lines: conversationLines(state, watch.open.key), scroll: watch.open.scroll };
  if (screen === 'agents' && agents.open) return { lines: agentLines(state), scroll: agents.open.scroll };
  return undefined;
}

function tooSmall({ size }: AppState): Line[] {
  const text = `${fewest.columns}x${fewest.rows} at least`;
  return size.rows < 2 || textWidth(text) > size.columns ? [] : [fillLine(lineOf(text, 'warn'), size.columns, 'plain')];
}
