import type { Editor } from '../editor/text-editor.js';
import type { Effect } from './effect.js';
import type { Report } from './report.js';

export type PromptPurpose = 'command' | 'filter' | 'search';

/** What lies over the screen and takes the keys. */
export type Overlay =
  | { readonly kind: 'none' }
  | { readonly kind: 'help'; readonly scroll: number }
  | Report
  | { readonly kind: 'copy' }
  | { readonly kind: 'confirm'; readonly question: string; readonly effect: Effect }
  | { readonly kind: 'prompt'; readonly purpose: PromptPurpose; readonly editor: Editor; readonly complaint?: string };
