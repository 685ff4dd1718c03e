/** Whether the registry knows a public key of the account: `signed`, or only the name it `claimed`. */
export type Trust = 'signed' | 'claimed' | 'unknown';

/** One account with an online session. Texts are sanitised; ids are as on the wire, for asking with. */
export interface AgentEntry {
  readonly accountId: string;
  readonly username: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly metadata: string;
  readonly sessions: readonly SessionEntry[];
  /** Last hello of any session, on the registry's clock. */
  readonly lastSeenMs: number;
}

export interface SessionEntry {
  readonly tag: string;
  readonly agentId: string;
  readonly lastSeenMs: number;
}

/** What the registry tells about one account. */
export interface ProfileEntry extends AgentEntry {
  readonly online: boolean;
  readonly createdMs: number;
  readonly json: string;
}

/** One thread of the list. */
export interface ThreadEntry {
  readonly threadId: string;
  readonly participants: readonly string[];
  readonly messages: number;
  readonly pending: number;
  readonly tokens: number;
  readonly status: string;
  readonly lastMs: number;
  readonly json: string;
}

/** One recorded message. */
export interface MessageEntry {
  readonly messageId: string;
  readonly threadId: string;
  readonly parentId?: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  /** What it says, for people, on one or more lines. */
  readonly text: string;
  /** The whole row, safe for a terminal; shortened when it is very long. */
  readonly json: string;
  readonly sentMs: number;
}
