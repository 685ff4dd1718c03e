import type { RuleId } from '@agentnet/protocol';
import { type Conversation, type Heard, operationOf, rowsOf, text } from './conversation.js';
import type { Found } from './finding.js';

/** What agents say of themselves, and that those who said goodbye are gone. */
export function judgePresence(conversation: Conversation, isMadeByTest: (heard: Heard) => boolean): Found[] {
  return [
    ...conversation
      .of('hello')
      .flatMap((heard) => (isMadeByTest(heard) ? [] : judgeFields(heard, helloFields, 'presence.heartbeat.fields'))),
    ...conversation
      .of('goodbye')
      .flatMap((heard) => (isMadeByTest(heard) ? [] : judgeFields(heard, goodbyeFields, 'presence.goodbye.sent'))),
    ...judgeIntervals(conversation),
    ...judgeGoodbyes(conversation),
  ];
}

const helloFields = [
  'agent_id',
  'name',
  'capabilities',
  'metadata',
  'account_id',
  'username',
  'session_tag',
  'last_seen',
];
const goodbyeFields = ['session_tag', 'agent_id', 'seen_at'];

function judgeFields({ frame, json }: Heard, fields: readonly string[], rule: RuleId): Found[] {
  const lacking = fields.filter((name) => json?.[name] === undefined || json[name] === null);
  return lacking.length === 0
    ? []
    : [{ rule, frames: [frame], what: `without ${lacking.join(', ')}`, expected: fields.join(', ') }];
}

/** A heartbeat may be late by as much again, on a busy machine. */
const lateness = 2;

function judgeIntervals({ heard, memory }: Conversation): Found[] {
  const found: Found[] = [];
  const last = new Map<string, Heard>();
  for (const one of heard) {
    const tag = text(one.json?.['session_tag']);
    if (one.role === 'goodbye') last.delete(tag);
    if (one.role !== 'hello') continue;
    const before = last.get(tag);
    last.set(tag, one);
    const gapMs = before ? one.frame.afterMs - before.frame.afterMs : 0;
    if (memory.heartbeatSeconds === undefined || gapMs <= lateness * memory.heartbeatSeconds * 1000 + 1000) continue;
    found.push({
      rule: 'presence.heartbeat.interval',
      frames: [before?.frame ?? one.frame, one.frame],
      what: `${gapMs} ms between two hellos`,
      expected: `${memory.heartbeatSeconds} s`,
    });
  }
  return found;
}

function judgeGoodbyes({ heard }: Conversation): Found[] {
  const gone = new Map<string, Heard>();
  return heard.flatMap((one) => {
    const tag = text(one.json?.['session_tag']);
    if (one.role === 'goodbye') gone.set(tag, one);
    if (one.role === 'hello') gone.delete(tag);
    if (one.role !== 'rpc reply' || operationOf(one.request?.subject ?? '') !== 'list') return [];
    const listed = rowsOf(one.json?.['agents']).flatMap((row) => gone.get(text(row['session_tag'])) ?? []);
    return listed.map(({ frame }) => ({
      rule: 'presence.goodbye.removes' as const,
      frames: [frame, one.frame],
      what: 'listed after its goodbye',
      expected: 'gone at once',
    }));
  });
}
