import { spanText } from '../layout/clock-text.js';
import { fillLine, type Line, lineWidth, span, spread } from '../layout/line.js';
import { cut } from '../layout/text-width.js';
import { type AppState, nameOf, type ScreenName, screenNames } from '../state/app-state.js';
import { currentRoom } from '../state/chat-state.js';
import { questionText } from '../state/report.js';
import { messageRate } from '../traffic/index.js';

const screenTitles: Readonly<Record<ScreenName, string>> = {
  watch: 'Watch',
  chat: 'Chat',
  threads: 'Threads',
  agents: 'Agents',
};

const bars = '▁▂▃▄▅▆▇█';
const sparkSeconds = 12;

/** The screens, and how the connection is. */
export function tabLine(state: AppState): Line {
  const { size, screen, context } = state;
  const isNarrow = size.columns < 60;
  const tabs = screenNames.flatMap((name, index): Line => {
    const isShown = name === screen;
    const title = isNarrow && !isShown ? String(index + 1) : `${index + 1} ${screenTitles[name]}`;
    return [span(isShown ? `[${title}]` : ` ${title} `, isShown ? 'strong' : 'dim'), ...unreadMark(state, name)];
  });
  const banner: Line = context?.production
    ? [span(` PRODUCTION ${context.name} `, 'alarm')]
    : context
      ? [span(` ${context.name} `, 'accent')]
      : [];
  return spread([...banner, ...tabs], linkSpans(state, size.columns - lineWidth([...banner, ...tabs])), size.columns);
}

function unreadMark({ chat }: AppState, name: ScreenName): Line {
  const unread = name === 'chat' ? chat.rooms.reduce((sum, room) => sum + room.unread, 0) : 0;
  return unread > 0 ? [span(`(${unread})`, 'warn')] : [];
}

function linkSpans({ link, server, nowMs, isObserver }: AppState, room: number): Line {
  const address = server.replace(/^[a-z]+:\/\/([^@]*@)?/, '');
  const mine = isObserver ? 'observer ' : '';
  if (link.status === 'up') return [span(cut(`${mine}● ${address}`, room - 1), 'good')];
  const since = spanText(nowMs - link.sinceMs);
  if (link.status === 'connecting') return [span(cut(`◌ connecting ${address}`, room - 1), 'warn')];
  return [span(cut(`✗ no connection, ${since}`, room - 1), 'bad')];
}

/** Where one is, and how fresh what is shown is. */
export function crumbLine(state: AppState): Line {
  const { size, link } = state;
  const left: Line = [span(crumbs(state).join(' › '), 'strong')];
  if (link.status === 'down' && link.detail !== '')
    return fillLine([...left, span(`  ${link.detail}`, 'bad')], size.columns, 'plain');
  return spread(left, freshness(state), size.columns);
}

function crumbs(state: AppState): string[] {
  const { screen, watch, chat, threads, agents } = state;
  const title = screenTitles[screen];
  if (state.overlay.kind === 'report') return [title, questionText(state.overlay.question)];
  switch (screen) {
    case 'watch': {
      const filters = [
        watch.filter.source,
        watch.faultsOnly ? 'faults only' : '',
        watch.search === '' ? '' : `/${watch.search}`,
      ];
      return [
        title,
        ...filters.filter((text) => text !== ''),
        ...(watch.open ? [`message ${cut(watch.open.key, 13)}`] : []),
      ];
    }
    case 'chat':
      return [title, currentRoom(chat).threadId];
    case 'threads': {
      const { open, filter } = threads;
      const opened = open ? [open.threadId, open.view, ...(open.search === '' ? [] : [`/${open.search}`])] : [];
      return [title, ...(filter === '' ? [] : [filter]), ...opened];
    }
    case 'agents':
      return [
        title,
        ...(agents.filter === '' ? [] : [agents.filter]),
        ...(agents.open ? [nameOf(state, agents.open.accountId)] : []),
      ];
  }
}

/** Watch shows rates, the other screens how long ago the registry answered. */
function freshness(state: AppState): Line {
  const { screen, registry, nowMs, size } = state;
  if (registry.error !== undefined && screen !== 'watch')
    return [span(cut(`registry: ${registry.error}`, Math.floor(size.columns * 0.6)), 'bad')];
  if (screen === 'watch') return rates(state);
  if (registry.answeredMs === undefined) return [];
  return [span(`registry ${spanText(nowMs - registry.answeredMs)} ago`, 'dim')];
}

function rates({ watch, nowMs, size, registry }: AppState): Line {
  const { traffic } = watch;
  const { messages, faults } = traffic.totals;
  const spark = size.columns >= 80 ? [span(`${sparkline(watch.traffic.seconds, nowMs)} `, 'accent')] : [];
  return [
    ...(registry.error === undefined ? [] : [span('no registry ', 'bad')]),
    ...spark,
    span(`${messageRate(traffic, nowMs).toFixed(1)}/s`, 'strong'),
    span(size.columns >= 60 ? `  ${messages} messages` : '', 'dim'),
    span(`  ${faults} ${faults === 1 ? 'fault' : 'faults'}`, faults > 0 ? 'bad' : 'dim'),
  ];
}

function sparkline(seconds: AppState['watch']['traffic']['seconds'], nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const counts = Array.from({ length: sparkSeconds }, (_, index) => {
    const second = now - sparkSeconds + index;
    return seconds.findLast((heard) => heard.second === second)?.messages ?? 0;
  });
  const most = Math.max(1, ...counts);
  return counts.map((count) => (count === 0 ? ' ' : bars[Math.min(7, Math.floor((count / most) * 7.99))])).join('');
}
