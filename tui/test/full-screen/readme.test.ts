import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { keymap, type Mode } from '../../src/keymap/keymap.js';
import { modeTitles } from '../../src/screens/help-lines.js';
import { screen } from './frame.js';
import { answerThread, answerThreads, type Stage, stage, tellStory } from './story.js';

const file = fileURLToPath(new URL('../../README.md', import.meta.url));
const size = { columns: 80, rows: 15 };

const pictures: Record<string, (told: Stage) => void> = {
  watch: ({ press }) => press('k', 'k'),
  chat: ({ press, type, model, effects, pass }) => {
    press('2');
    type('@poet a haiku, please');
    press('enter');
    const asked = effects.flatMap((effect) => (effect.do === 'ask' ? [effect.asking] : [])).at(-1);
    if (!asked) throw new Error('nothing was asked');
    pass(900);
    model.dispatch({ ...asked, type: 'answerGrew', text: 'an old pond, a frog jumps in:' });
    pass(700);
    model.dispatch({ ...asked, type: 'answered', text: 'an old pond, a frog jumps in:\nthe sound of water' });
    type('and one about ri');
  },
  threads: (told) => {
    told.press('3');
    answerThreads(told);
    told.press('down', 'enter');
    answerThread(told);
    told.press('d');
  },
  agents: ({ press }) => press('4'),
};

function picture(name: string): string {
  const told = stage(size);
  tellStory(told);
  pictures[name]?.(told);
  return `\`\`\`text\n${screen(told)}\n\`\`\``;
}

/** The keymap as a table; keys of the same places in one row. */
function keyTable(): string {
  const rows = new Map<string, string[]>();
  for (const { keys, says, modes } of keymap) {
    const where = placeText(modes);
    const shown = keys.map((key) => `\`${key === '\\' ? '\\\\' : key}\``).join(' ');
    rows.set(where, [...(rows.get(where) ?? []), `${shown} ${says}`]);
  }
  return [
    '| where | keys |',
    '| --- | --- |',
    ...[...rows].map(([where, keys]) => `| ${where} | ${keys.join(' · ')} |`),
  ].join('\n');
}

function placeText(modes: readonly Mode[]): string {
  return modes.length >= 7 ? 'wherever no text is written' : modes.map((mode) => modeTitles[mode]).join('; ');
}

const parts: [name: string, make: () => string][] = [
  ...Object.keys(pictures).map((name): [string, () => string] => [name, () => picture(name)]),
  ['keys', keyTable],
];

/** Between these two comments the README has what the program makes. */
const partOf = (name: string) => new RegExp(`(<!-- made: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);

if (process.env['UPDATE_PICTURES']) {
  const text = readFileSync(file, 'utf8');
  const made = parts.reduce(
    (before, [name, make]) => before.replace(partOf(name), (_all, start, end) => `${start}${make()}\n${end}`),
    text,
  );
  writeFileSync(file, made);
}

test.each(
  parts,
)('given the README, when its part %s is compared with the program, then it is the same', (name, make) => {
  const found = partOf(name).exec(readFileSync(file, 'utf8'))?.[0];
  expect(found, 'make it anew: UPDATE_PICTURES=1 npx vitest run tui/test/full-screen/readme').toBe(
    `<!-- made: ${name} -->\n${make()}\n<!-- end -->`,
  );
});
