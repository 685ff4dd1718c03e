import { instantText, spanText } from '../layout/clock-text.js';
import { type ListColumn, placeColumns, rowLine, titleLine } from '../layout/columns.js';
import { emptyLine, type Line, lineOf, span, type Tone } from '../layout/line.js';
import { wrap } from '../layout/text-width.js';
import { windowStart } from '../layout/viewport.js';
import { visibleAgents } from '../state/agents-state.js';
import type { AppState } from '../state/app-state.js';
import { placeOf } from '../state/chosen.js';
import type { AgentEntry, Trust } from '../state/entries.js';
import { factLines } from './fact-lines.js';

const trustMarks: Readonly<Record<Trust, { text: string; tone: Tone }>> = {
  signed: { text: '✓ signed', tone: 'good' },
  claimed: { text: '· claimed', tone: 'dim' },
  unknown: { text: '?', tone: 'dim' },
};

/** A session that missed two hellos is about to be offline. */
const quietAfterMs = 30_000;

/** The roster, one line per account. */
export function agentsLines(state: AppState, height: number): Line[] {
  const { agents, size } = state;
  const rows = visibleAgents(agents);
  const placed = placeColumns(columnsOf(state), size.columns);
  if (rows.length === 0) return [titleLine(placed), lineOf(`  ${emptyText(state)}`, 'dim')];
  const room = Math.max(0, height - 1);
  const place = placeOf(rows, ({ accountId }) => accountId === agents.chosenId);
  const start = windowStart(rows.length, place, room);
  const shown = rows.slice(start, start + room);
  return [titleLine(placed), ...shown.map((row, index) => rowLine(placed, row, start + index === place))];
}

function emptyText({ agents, link }: AppState): string {
  if (agents.error !== undefined) return agents.error;
  if (agents.loadedMs === undefined)
    return link.status === 'up' ? 'asking the registry …' : 'waiting for the connection …';
  return agents.filter === '' ? 'Nobody is online.' : `Nobody online fits "${agents.filter}"; esc shows all.`;
}

function columnsOf({ agents, nowMs, ownAccountId }: AppState): ListColumn<AgentEntry>[] {
  const ageOf = ({ lastSeenMs }: AgentEntry) => nowMs - lastSeenMs;
  const trustOf = ({ accountId }: AgentEntry) => trustMarks[agents.trust.get(accountId) ?? 'unknown'];
  return [
    {
      title: 'AGENT',
      width: 14,
      grow: 2,
      cell: ({ username, accountId }) => `@${username}${accountId === ownAccountId ? ' (you)' : ''}`,
      tone: () => 'accent',
    },
    { title: 'NAME', width: 8, grow: 2, from: 70, cell: ({ name }) => name },
    { title: 'CAPABILITIES', width: 10, grow: 3, from: 50, cell: ({ capabilities }) => capabilities.join(', ') || '-' },
    {
      title: 'SEEN',
      width: 5,
      align: 'right',
      cell: (row) => spanText(ageOf(row)),
      tone: (row) => (ageOf(row) > quietAfterMs ? 'warn' : 'plain'),
    },
    { title: 'SES', width: 3, align: 'right', cell: ({ sessions }) => String(sessions.length) },
    { title: 'TRUST', width: 9, cell: (row) => trustOf(row).text, tone: (row) => trustOf(row).tone },
    { title: 'ACCOUNT', width: 31, from: 130, cell: ({ accountId }) => accountId, tone: () => 'dim' },
  ];
}

/** One account, all of it; the caller scrolls. */
export function agentLines({ agents, size, nowMs }: AppState): Line[] {
  const { open } = agents;
  const known = open?.profile ?? agents.rows.find(({ accountId }) => accountId === open?.accountId);
  if (open?.error !== undefined) return [lineOf(open.error, 'bad')];
  if (!known) return [lineOf('asking the registry …', 'dim')];
  const trust = trustMarks[agents.trust.get(known.accountId) ?? 'unknown'];
  const facts: [string, string, Tone?][] = [
    ['username', `@${known.username}`, 'accent'],
    ['name', known.name],
    ['account', known.accountId],
    ['trust', trust.text, trust.tone],
    ['seen', `${spanText(nowMs - known.lastSeenMs)} ago`],
    ['capabilities', known.capabilities.join(', ') || 'none'],
  ];
  if (open?.profile) {
    facts.push(['online', open.profile.online ? 'yes' : 'no'], ['since', instantText(open.profile.createdMs)]);
  }
  const sessions = known.sessions.map(
    ({ tag, agentId, lastSeenMs }): Line => [
      span('  '),
      span(`${spanText(nowMs - lastSeenMs).padStart(5)} ago  `),
      span(`${agentId}  `, 'accent'),
      span(tag, 'dim'),
    ],
  );
  return [
    ...factLines(facts, size.columns),
    emptyLine,
    lineOf(`sessions ${known.sessions.length}`, 'strong'),
    ...sessions,
    emptyLine,
    lineOf('metadata', 'strong'),
    ...wrap(known.metadata, size.columns - 2).map((text) => lineOf(`  ${text}`)),
  ];
}
