import type { Case } from './casebook.js';
import type { Evidence } from './evidence.js';

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Everything known of one order, one line an event: what was ordered, heard, done and broken, in the order of time. */
export function tellStory({ order, endings, deposits, wire }: Case, { breakages, life, joined }: Evidence): string {
  const begunAtMs = endings[0]?.begunAtMs ?? wire[0]?.atMs ?? 0;
  const endedAtMs = Math.max(begunAtMs, ...[...endings, ...deposits, ...wire].map(({ atMs }) => atMs));
  const nameOf = (sessionTag = ''): string => {
    const agent = joined.find((each) => each.sessionTag === sessionTag);
    return agent ? `agent ${agent.index}` : sessionTag;
  };
  const isNear = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }): boolean =>
    fromMs <= endedAtMs && untilMs >= begunAtMs;
  const lines: Line[] = [
    ...endings.map(({ attempt, begunAtMs: atMs }) => ({ atMs, text: `attempt ${attempt} begins` })),
    ...endings.map(({ attempt, atMs, isSuccess, failure }) => ({
      atMs,
      text: `attempt ${attempt} ends: ${isSuccess ? 'success' : failure}`,
    })),
    ...deposits.map(({ atMs, sessionTag, phase, messageId }) => ({
      atMs,
      text: `${nameOf(sessionTag)} has ${phase} ${messageId}`,
    })),
    ...wire.map(({ atMs, kind, subject, messageId, status, code, sessionTag, answers, isReceipt }) => ({
      atMs,
      text: `wire: ${[kind, status, code, messageId, answers && `answers ${answers}`, isReceipt && 'as processed', `from ${nameOf(sessionTag)}`, subject].filter(Boolean).join(' ')}`,
    })),
    ...breakages.filter(isNear).flatMap(({ what, agents, fromMs, untilMs }) => [
      { atMs: fromMs, text: `broken: ${what} ${agents.join(' ')}` },
      { atMs: untilMs, text: `whole again: ${what} ${agents.join(' ')}` },
    ]),
    ...life
      .filter(({ agent, atMs }) => [order.from, order.to].includes(agent) && isNear({ fromMs: atMs, untilMs: atMs }))
      .map(({ agent, name, atMs }) => ({ atMs, text: `agent ${agent} ${name}` })),
  ];
  const told = lines
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `  ${String(atMs - begunAtMs).padStart(7)} ms  ${text}`);
  return [`  ${JSON.stringify(order)}`, ...told].join('\n');
}
