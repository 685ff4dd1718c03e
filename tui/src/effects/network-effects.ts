import { setTimeout } from 'node:timers/promises';
import { failureOf } from '../output/report-failure.js';
import type { NetworkOptions } from '../session/network-options.js';
import { type Overhearing, overhear } from '../session/overhear.js';
import type { Action } from '../state/action.js';
import type { Effect } from '../state/effect.js';
import { sanitizeLine } from '../text/sanitize.js';
import type { TrafficEvent } from '../traffic/index.js';
import { clipboardSequence } from './clipboard.js';
import { exportThread } from './export-thread.js';
import { OperatorChat } from './operator-chat.js';
import { RegistryEffects } from './registry-effects.js';
import { report } from './report-effects.js';
import { TrafficBatches } from './traffic-batches.js';

/** Pause before a connection that could not be made is tried again. */
const retryMs = 2000;
/** History is written shortly after a message was heard. */
const historyLagMs = 250;

export interface NetworkEffectsOptions {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
  dispatch: (action: Action) => void;
  /** Writes to the terminal, past the painter. */
  writeToTerminal: (sequence: string) => void;
  /** Folder for exports. */
  folder: string;
}

/** Everything that is not state: listens to the network, asks the registry, talks as the operator. What comes of it goes to `dispatch`. */
export class NetworkEffects {
  readonly #options: NetworkEffectsOptions;
  readonly #over = new AbortController();
  readonly #batches: TrafficBatches;
  readonly #chat: OperatorChat;
  readonly #registry: RegistryEffects;
  readonly #named = new Map<string, string>();
  #overhearing: Overhearing | undefined;

  constructor(options: NetworkEffectsOptions) {
    this.#options = options;
    const { dispatch } = options;
    this.#batches = new TrafficBatches((events, skipped) => this.#takeTraffic(events, skipped));
    this.#chat = new OperatorChat(options);
    this.#registry = new RegistryEffects(() => this.#overhearing?.registry, dispatch);
  }

  /** Connects, and again whenever the connection is lost for good, until `close`. */
  async run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#listen().catch((cause: unknown) => this.#linkDown(cause));
      await setTimeout(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Does what the state asks for. Quitting and suspending are the screen's business. */
  perform(effect: Exclude<Effect, { do: 'quit' | 'suspend' }>): void {
    switch (effect.do) {
      case 'copy':
        this.#copy(effect);
        break;
      case 'ask':
        void this.#chat.ask(effect.asking);
        break;
      case 'cancel':
        this.#chat.cancel(effect.entryId);
        break;
      case 'exportThread':
        void this.#export(effect);
        break;
      case 'report':
        void this.#report(effect);
        break;
      case 'loadThread':
        void this.#loadThread(effect);
        break;
      default:
        void this.#registry.load(effect);
    }
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#batches.stop();
    await Promise.allSettled([this.#chat.close(), this.#overhearing?.close()]);
  }

  async #listen(): Promise<void> {
    const { network, dispatch } = this.#options;
    const { signal } = this.#over;
    this.#overhearing = await overhear(
      { ...network, wait: { ...network.wait, signal: AbortSignal.any([signal, network.wait.signal]) } },
      {
        onTraffic: (event) => this.#batches.add(event),
        onInterrupted: (isInterrupted) =>
          dispatch({
            type: 'link',
            status: isInterrupted ? 'down' : 'up',
            detail: isInterrupted ? 'connection lost' : '',
          }),
      },
    );
    // Closed while it was being opened.
    if (signal.aborted) return void (await this.#overhearing.close());
    dispatch({ type: 'link', status: 'up', detail: '' });
    const { withoutNames, ended } = this.#overhearing;
    if (withoutNames)
      dispatch({ type: 'registryFailed', error: `[${withoutNames.code}] ${sanitizeLine(withoutNames.detail)}` });
    const reason = await ended;
    await this.#overhearing.close();
    this.#overhearing = undefined;
    if (!signal.aborted) throw reason;
  }

  #linkDown(cause: unknown): void {
    if (this.#over.signal.aborted) return;
    const { code, detail } = failureOf(cause);
    this.#options.dispatch({ type: 'link', status: 'down', detail: `[${code}] ${sanitizeLine(detail)}` });
  }

  #takeTraffic(events: readonly TrafficEvent[], skipped: number): void {
    const { dispatch } = this.#options;
    const names = this.#newNames(events);
    if (names.length > 0) dispatch({ type: 'namesLearned', names });
    dispatch({ type: 'traffic', events });
    if (skipped > 0)
      dispatch({ type: 'notice', text: `too fast: ${skipped} messages were not looked at`, tone: 'warn' });
  }

  /** Names of those who speak, as hellos told them, that the state does not have yet. */
  #newNames(events: readonly TrafficEvent[]): (readonly [string, string])[] {
    const fresh = new Map<string, string>();
    for (const event of events) {
      if (event.type === 'other') continue;
      for (const { accountId = '' } of [event.from, event.to]) {
        const username = this.#overhearing?.names.usernameOf(accountId);
        if (username !== undefined && this.#named.get(accountId) !== username) fresh.set(accountId, username);
      }
    }
    // Forgetting all of them now and then is simpler than forgetting the oldest, and costs one more telling.
    if (this.#named.size > 10_000) this.#named.clear();
    for (const [accountId, username] of fresh) this.#named.set(accountId, username);
    return [...fresh];
  }

  #copy({ text, what }: Extract<Effect, { do: 'copy' }>): void {
    const { dispatch, writeToTerminal } = this.#options;
    const sequence = clipboardSequence(text);
    if (sequence === undefined) {
      dispatch({ type: 'notice', text: `the ${what} is too long for the clipboard`, tone: 'bad' });
    } else {
      writeToTerminal(sequence);
      dispatch({ type: 'notice', text: `${what} copied, if the terminal allows it (OSC 52)`, tone: 'good' });
    }
  }

  async #report(effect: Extract<Effect, { do: 'report' }>): Promise<void> {
    const { network, environment, dispatch } = this.#options;
    const signal = AbortSignal.any([this.#over.signal, network.wait.signal]);
    const usernameOf = (accountId: string) => this.#overhearing?.names.usernameOf(accountId);
    const action = await report(effect, {
      network: { ...network, wait: { ...network.wait, signal } },
      environment,
      usernameOf,
    });
    if (!signal.aborted) dispatch(action);
  }

  async #loadThread(effect: Extract<Effect, { do: 'loadThread' }>): Promise<void> {
    if (effect.cursor === undefined)
      await setTimeout(historyLagMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
    if (!this.#over.signal.aborted) await this.#registry.load(effect);
  }

  async #export({ threadId, format }: Extract<Effect, { do: 'exportThread' }>): Promise<void> {
    const { dispatch, folder } = this.#options;
    try {
      const registry = this.#overhearing?.registry;
      if (!registry) return dispatch({ type: 'notice', text: 'not exported: there is no connection', tone: 'bad' });
      const nameOf = (accountId: string) => {
        const username = this.#overhearing?.names.usernameOf(accountId);
        return username === undefined ? accountId : `@${username}`;
      };
      const { file, count } = await exportThread(registry, {
        threadId,
        format,
        folder,
        nameOf,
        signal: this.#over.signal,
      });
      dispatch({ type: 'notice', text: `${count} messages written to ${sanitizeLine(file)}`, tone: 'good' });
    } catch (cause) {
      dispatch({ type: 'notice', text: `not exported: ${sanitizeLine(failureOf(cause).detail)}`, tone: 'bad' });
    }
  }
}
