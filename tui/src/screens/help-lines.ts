import { filterFields } from '../filter/index.js';
import { type Binding, keymap, type Mode } from '../keymap/keymap.js';
import { emptyLine, type Line, lineOf, span } from '../layout/line.js';
import { wrap } from '../layout/text-width.js';
import type { AppState, ScreenName } from '../state/app-state.js';
import { barCommands } from '../state/command-line.js';
import { modeOf } from '../state/mode.js';
import { slashCommands } from '../state/slash-command.js';
import { factLines } from './fact-lines.js';

export const modeTitles: Readonly<Record<Mode, string>> = {
  watch: 'Watch',
  conversation: 'Watch, one conversation',
  chat: 'Chat, commands',
  composer: 'Chat, writing',
  threads: 'Threads',
  thread: 'Threads, one thread',
  agents: 'Agents',
  agent: 'Agents, one agent',
  prompt: 'Command bar, filter, search',
  help: 'Help',
  report: 'An answer of the command bar',
  copy: 'After y',
  confirm: 'Questions',
};

const about: Readonly<Record<ScreenName, string>> = {
  watch: 'Everything agents say to one another passes here.',
  chat: 'Whatever is written here is said to an agent, a capability or an account; its answer is shown as it is made.',
  threads: 'What has been recorded, a row for each thread.',
  agents: 'Who is online.',
};

/** The keys of one mode as the keymap has them, those of the same meaning together. */
function keysOf(mode: Mode): { keys: string; says: string }[] {
  return keymap
    .filter(({ modes }) => modes.includes(mode))
    .map(({ keys, says }: Binding) => ({ keys: keys.join(' '), says }));
}

/** All keys, those of the place one came from first, and the words of the command bar, the chat and filters. */
export function helpLines(state: AppState): Line[] {
  const here = modeOf({ ...state, overlay: { kind: 'none' } });
  const modes = [here, ...(Object.keys(modeTitles) as Mode[]).filter((mode) => mode !== here)];
  const { columns } = state.size;
  const facts = (title: string, pairs: (readonly [string, string])[]): Line[] => [
    lineOf(title, 'strong'),
    ...factLines(pairs, columns),
    emptyLine,
  ];
  return [
    ...wrap(`${about[state.screen]} ? esc q close this help.`, columns).map((text) => lineOf(text, 'dim')),
    emptyLine,
    ...modes.flatMap((mode) =>
      facts(
        modeTitles[mode],
        keysOf(mode).map(({ keys, says }) => [keys, says] as const),
      ),
    ),
    ...facts(
      'Command bar :',
      Object.entries(barCommands).map(([name, { says }]) => [name, says] as const),
    ),
    ...facts(
      'In the chat',
      Object.entries(slashCommands).map(([name, says]) => [`/${name}`, says] as const),
    ),
    ...facts(
      'Filters',
      Object.entries(filterFields).map(([, { example, text }]) => [example, text] as const),
    ),
    [span('Marks: ○ sent  ◔ accepted  ◕ processed  ≈ streaming  ● answered  ✗ went wrong', 'dim')],
  ];
}
