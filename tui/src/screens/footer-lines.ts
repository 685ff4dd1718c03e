import { editorLines } from '../editor/editor-lines.js';
import { keymap } from '../keymap/keymap.js';
import { type Line, lineWidth, type Span, span } from '../layout/line.js';
import type { AppState } from '../state/app-state.js';
import { completions } from '../state/completion.js';
import { modeOf } from '../state/mode.js';
import { completableIn } from '../state/writing.js';

const signs = { command: ':', filter: 'filter: ', search: '/' } as const;

/** The last line: what is being typed, a question, a notice, or the keys that matter here. */
export function footerLine(state: AppState): Line {
  const { overlay, notice, size } = state;
  if (overlay.kind === 'prompt') {
    const sign = signs[overlay.purpose];
    const [typed = []] = editorLines(overlay.editor, Math.max(4, size.columns - sign.length), 1);
    return [span(sign, 'accent'), ...typed];
  }
  if (overlay.kind === 'confirm') return [span(`${overlay.question} `, 'warn'), ...hints(state)];
  if (overlay.kind === 'copy') return [span('copy: ', 'accent'), ...hints(state)];
  if (notice) return [span(notice.text, notice.tone)];
  return hints(state);
}

/** What goes with the prompt, in the line above it: a complaint, or what the word can become. */
export function promptNote(state: AppState): Line | undefined {
  const { overlay } = state;
  if (overlay.kind !== 'prompt') return undefined;
  if (overlay.complaint !== undefined) return [span(overlay.complaint, 'bad')];
  const offers = completions(completableIn(state));
  return offers.length === 0 ? undefined : [span('tab: ', 'dim'), span(offers.join('  '), 'accent')];
}

function hints(state: AppState): Line {
  const mode = modeOf(state);
  const line: Span[] = [];
  for (const { keys, says, modes, hint = false } of keymap) {
    if (!hint || !modes.includes(mode)) continue;
    const shown = [span(line.length === 0 ? '' : '  '), span(keys[0] ?? '', 'accent'), span(` ${says}`, 'dim')];
    if (lineWidth([...line, ...shown]) > state.size.columns) break;
    line.push(...shown);
  }
  return line;
}
