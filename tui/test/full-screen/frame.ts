import { textOf } from '../../src/layout/line.js';
import { frameLines } from '../../src/screens/frame-lines.js';
import type { Stage } from './story.js';

/** The screen as text, without trailing blanks. */
export function frame({ model }: Stage): string[] {
  return frameLines(model.snapshot()).map((line) => textOf(line).trimEnd());
}

export function screen(stage: Stage): string {
  return frame(stage).join('\n');
}
