import { nowTimestamp, type RegistryClient } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { Link } from '../connection/link.js';
import type { Session } from './register.js';

/** Keeps a session online: a hello now, after every reconnect, and every interval. */
export class Heartbeat {
  readonly #registry: RegistryClient;
  readonly #session: Session;
  readonly #link: Link;
  readonly #clock: Clock;
  #cancelNext: () => void = () => undefined;

  constructor(registry: RegistryClient, session: Session, { link, clock }: { link: Link; clock: Clock }) {
    this.#registry = registry;
    this.#session = session;
    this.#link = link;
    this.#clock = clock;
  }

  /** Says hello and plans the next one. While the connection is down nothing is sent; the reconnect says hello itself. */
  beat(): void {
    this.#cancelNext();
    if (this.#link.isUp) this.#hello();
    this.#cancelNext = this.#clock.after(this.#session.heartbeatMs, () => this.beat());
  }

  stop(): void {
    this.#cancelNext();
  }

  goodbye(): void {
    const { sessionTag, agentId } = this.#session;
    this.#registry.goodbye({ session_tag: sessionTag, agent_id: agentId, seen_at: nowTimestamp(this.#clock.now()) });
  }

  #hello(): void {
    const { agentId, name, capabilities, metadata, accountId, username, sessionTag } = this.#session;
    this.#registry.hello({
      agent_id: agentId,
      name,
      capabilities: [...capabilities],
      metadata,
      account_id: accountId,
      username,
      session_tag: sessionTag,
      last_seen: nowTimestamp(this.#clock.now()),
    });
  }
}
