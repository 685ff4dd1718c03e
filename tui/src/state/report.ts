import type { Command } from '../keymap/keymap.js';
import { type AppState, type Step, step } from './app-state.js';
import { isMove, moveTo } from './chosen.js';

/** What a word of the command line asks for whose answer is a text. An answer belongs to the very object that asked. */
export type Question =
  | { readonly about: 'doctor' | 'metrics' | 'contexts' }
  | { readonly about: 'message-search'; readonly filter: string };

/** The answer, as text over the screen; page by page where there are pages. */
export interface Report {
  readonly kind: 'report';
  readonly question: Question;
  /** Sanitised. */
  readonly lines: readonly string[];
  readonly scroll: number;
  readonly isLoading: boolean;
  /** Where the next page begins. */
  readonly cursor?: string;
  readonly error?: string;
}

export type ReportAction =
  | {
      readonly type: 'reported';
      readonly question: Question;
      readonly lines: readonly string[];
      readonly cursor?: string;
    }
  | { readonly type: 'reportFailed'; readonly question: Question; readonly error: string };

/** Lines that are kept; whoever has read so many wants a narrower question. */
export const reportLinesMost = 2000;

/** Opens the panel and asks. */
export function askReport(state: AppState, question: Question): Step {
  const overlay: Report = { kind: 'report', question, lines: [], scroll: 0, isLoading: true };
  return step({ ...state, overlay }, { do: 'report', question, columns: state.size.columns });
}

/** Shows an answer, unless something else has been asked since. */
export function takeReport(state: AppState, action: ReportAction): AppState {
  const { overlay } = state;
  if (overlay.kind !== 'report' || overlay.question !== action.question) return state;
  const { cursor: before, error: _old, ...asked } = overlay;
  if (action.type === 'reportFailed') {
    // The same page can be asked for again.
    const kept = before === undefined ? {} : { cursor: before };
    return { ...state, overlay: { ...asked, ...kept, isLoading: false, error: action.error } };
  }
  const lines = [...asked.lines, ...action.lines];
  const isFull = lines.length >= reportLinesMost;
  const shown = isFull ? [...lines.slice(0, reportLinesMost), 'No more is kept here: ask for less.'] : lines;
  const next = action.cursor === undefined || isFull ? {} : { cursor: action.cursor };
  return { ...state, overlay: { ...asked, ...next, lines: shown, isLoading: false } };
}

/** Moves in the panel; going beyond its end asks for the next page. */
export function actOnReport(state: AppState, report: Report, command: Command): Step {
  if (command === 'refresh') return askReport(state, { ...report.question });
  if (!isMove(command)) return step({ ...state, overlay: { kind: 'none' } });
  const { scrollMost, size } = state;
  const scroll = moveTo(command, { place: report.scroll, count: scrollMost + 1, page: size.rows - 4 });
  const moved = { ...report, scroll };
  const { cursor, question, isLoading } = report;
  const goesOn = command === 'rowDown' || command === 'pageDown' || command === 'last';
  if (!goesOn || cursor === undefined || isLoading || scroll < scrollMost) return step({ ...state, overlay: moved });
  const { error: _old, ...asking } = moved;
  return step(
    { ...state, overlay: { ...asking, isLoading: true } },
    { do: 'report', question, cursor, columns: size.columns },
  );
}

/** The question as it is typed. */
export function questionText(question: Question): string {
  return question.about === 'message-search' ? `message-search ${question.filter}`.trimEnd() : question.about;
}
