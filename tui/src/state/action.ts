import type { TrafficEvent } from '../traffic/index.js';
import type { LinkState, Notice, Size } from './app-state.js';
import type { AgentEntry, MessageEntry, ProfileEntry, ThreadEntry, Trust } from './entries.js';
import type { ReportAction } from './report.js';

/** Everything that can happen: what the operator did, and what the network told. Texts of the network are sanitised. */
export type Action =
  | {
      readonly type: 'key';
      readonly key: string;
      readonly text: string;
      /** How far the text on the screen can be scrolled: the painter knows. */
      readonly scrollMost: number;
    }
  /** Text that was pasted, or typed so quickly that it came in one piece. */
  | { readonly type: 'written'; readonly text: string }
  | { readonly type: 'resized'; readonly size: Size }
  | { readonly type: 'tick' }
  | { readonly type: 'link'; readonly status: LinkState['status']; readonly detail: string }
  | { readonly type: 'registryFailed'; readonly error: string }
  | { readonly type: 'notice'; readonly text: string; readonly tone: Notice['tone'] }
  | { readonly type: 'joined'; readonly accountId: string; readonly username: string }
  | { readonly type: 'agentsLoaded'; readonly rows: readonly AgentEntry[] }
  | { readonly type: 'agentsFailed'; readonly error: string }
  | { readonly type: 'namesLearned'; readonly names: readonly (readonly [accountId: string, username: string])[] }
  | { readonly type: 'trustKnown'; readonly accountId: string; readonly trust: Trust }
  | { readonly type: 'profileLoaded'; readonly profile: ProfileEntry }
  | { readonly type: 'profileFailed'; readonly error: string }
  | ({ readonly type: 'threadsLoaded'; readonly filter: string; readonly isFirstPage: boolean } & Page<ThreadEntry>)
  | { readonly type: 'threadsFailed'; readonly error: string }
  | ({ readonly type: 'threadLoaded'; readonly threadId: string; readonly isNewest: boolean } & Page<MessageEntry>)
  | { readonly type: 'threadFailed'; readonly threadId: string; readonly error: string }
  | { readonly type: 'roomLoaded'; readonly threadId: string; readonly messages: readonly MessageEntry[] }
  | { readonly type: 'answerGrew'; readonly threadId: string; readonly entryId: string; readonly text: string }
  | { readonly type: 'answered'; readonly threadId: string; readonly entryId: string; readonly text: string }
  | { readonly type: 'delivered'; readonly threadId: string; readonly entryId: string }
  | { readonly type: 'askFailed'; readonly threadId: string; readonly entryId: string; readonly error: string }
  | {
      readonly type: 'incoming';
      readonly threadId: string;
      readonly from: string;
      readonly text: string;
      readonly id: string;
    }
  | ReportAction
  | { readonly type: 'traffic'; readonly events: readonly TrafficEvent[] };

/** One page, and where the next begins. */
interface Page<Row> {
  readonly rows: readonly Row[];
  readonly cursor?: string;
}
