import {
  type AgentRow,
  encodeJson,
  type ListReply,
  type MessageRow,
  type Profile,
  type ProfileReply,
  subjects,
  type ThreadListReply,
  type ThreadMessagesReply,
} from '@agentnet/protocol';
import stringWidth from 'string-width';
import { expect, test, vi } from 'vitest';
import { agentEntries, messageEntry, profileEntry, threadEntry } from '../../src/effects/to-entries.js';
import { keymap } from '../../src/keymap/keymap.js';
import { textOf } from '../../src/layout/line.js';
import { frameLines } from '../../src/screens/frame-lines.js';
import type { Action } from '../../src/state/action.js';
import type { Effect } from '../../src/state/effect.js';
import { decodeFrame, ingest, type TrafficEvent } from '../../src/traffic/index.js';
import { anyOf, hostileText, seeded } from '../text/hostile-text.js';
import { exampleOf, makeHostile } from '../text/make-hostile.js';
import { type Stage, stage, tellStory } from './story.js';

vi.setConfig({ testTimeout: 120_000 });

const rounds = 20;
const keysPerRound = 50;
const keys = [...new Set(keymap.flatMap((binding) => binding.keys))].filter((key) => key !== '\\');
const sizes = [
  { columns: 80, rows: 24 },
  { columns: 40, rows: 12 },
  { columns: 21, rows: 8 },
  { columns: 160, rows: 50 },
];
const forbidden = /[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/u;

/** What a hostile network tells, as the effects would hand it on. */
class HostileNetwork {
  constructor(private readonly random: () => number) {}

  agents(): AgentRow[] {
    return (makeHostile('ListReply', exampleOf('ListReply'), this.random) as unknown as ListReply).agents;
  }

  profile(): Profile {
    return (makeHostile('ProfileReply', exampleOf('ProfileReply'), this.random) as unknown as ProfileReply).profile;
  }

  rows(): MessageRow[] {
    const reply = makeHostile('ThreadMessagesReply', exampleOf('ThreadMessagesReply'), this.random);
    return (reply as unknown as ThreadMessagesReply).messages;
  }

  /** Frames as they come over NATS, some of them broken. */
  traffic(): TrafficEvent[] {
    const frames = [
      [subjects.accountInbox('acct_1'), makeHostile('Message', exampleOf('Message'), this.random)],
      [subjects.accountReceipts('acct_1'), makeHostile('Receipt', exampleOf('Receipt'), this.random)],
      ['_INBOX.agentnet.x.1', makeHostile('Message', exampleOf('Message'), this.random)],
      [subjects.accountInbox('acct_1'), hostileText(this.random)],
    ] as const;
    return frames.flatMap(([subject, value]) => {
      const frame = decodeFrame({ subject, body: encodeJson(value), atMs: Date.UTC(2026, 0, 2), reply: '_INBOX.x' });
      return frame ? [ingest(frame)] : [];
    });
  }

  /** What comes of an effect, when anything does. */
  answer(effect: Effect): Action[] {
    switch (effect.do) {
      case 'loadAgents':
        return [{ type: 'agentsLoaded', rows: agentEntries(this.agents()) }];
      case 'loadProfile':
        return [{ type: 'profileLoaded', profile: profileEntry(this.profile()) }];
      case 'loadThreads': {
        const reply = makeHostile('ThreadListReply', exampleOf('ThreadListReply'), this.random);
        const rows = (reply as unknown as ThreadListReply).results.map(threadEntry);
        return [{ type: 'threadsLoaded', filter: effect.filter, isFirstPage: true, rows, cursor: 'next' }];
      }
      case 'loadThread':
        return [
          { type: 'threadLoaded', threadId: effect.threadId, isNewest: true, rows: this.rows().map(messageEntry) },
        ];
      default:
        return [];
    }
  }
}

function expectHarmless(told: Stage, how: string): void {
  const { size } = told.model.snapshot();
  const lines = frameLines(told.model.snapshot()).map(textOf);
  expect(lines.length, how).toBeLessThanOrEqual(size.rows - 1);
  for (const line of lines) {
    if (forbidden.test(line)) throw new Error(`${how}: ${JSON.stringify(line)}`);
    if (stringWidth(line) > size.columns) throw new Error(`${how}, too wide: ${JSON.stringify(line)}`);
  }
}

test('given a hostile network and any keys, when every screen is gone through, then nothing breaks and nothing hostile is shown', () => {
  const random = seeded(20_261_130);
  const network = new HostileNetwork(random);
  for (let round = 0; round < rounds; round++) {
    const told = stage(anyOf(random, sizes));
    tellStory(told);
    told.model.dispatch({ type: 'traffic', events: network.traffic() });
    let answered = 0;
    const pressed: string[] = [];
    for (let count = 0; count < keysPerRound; count++) {
      const key = anyOf(random, keys);
      pressed.push(key);
      if (random() < 0.1) told.type(hostileText(random));
      else told.press(key);
      if (random() < 0.1) told.model.dispatch({ type: 'resized', size: anyOf(random, sizes) });
      if (random() < 0.2) told.model.dispatch({ type: 'traffic', events: network.traffic() });
      told.pass(700);
      told.model.dispatch({ type: 'tick' });
      for (const effect of told.effects.slice(answered)) {
        for (const action of network.answer(effect)) told.model.dispatch(action);
      }
      answered = told.effects.length;
      expectHarmless(told, `round ${round}, after ${pressed.join(' ')}`);
    }
  }
});
