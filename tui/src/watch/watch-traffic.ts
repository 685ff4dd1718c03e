import { ProtocolError } from '@agentnet/protocol';
import { type Filter, matchesFilter, usernamesIn } from '../filter/index.js';
import type { Terminal } from '../output/terminal.js';
import { BoundedFeed } from '../session/bounded-feed.js';
import type { NetworkOptions } from '../session/network-options.js';
import { type Overhearing, overhear } from '../session/overhear.js';
import { filterableEvent, type OverheardFrame, type TrafficEvent } from '../traffic/index.js';
import { type PrintOptions, trafficPrinter } from './print-traffic.js';

/** What `agentnet watch` does. */
export interface WatchOptions extends PrintOptions {
  network: NetworkOptions;
  terminal: Terminal;
  filter: Filter;
  /** Ends after this many lines. */
  maxMessages?: number;
  /** Subjects to listen to. @default all traffic */
  subject?: readonly string[];
}

type Heard = { event: TrafficEvent; frame: OverheardFrame };

/** What waits for a slow reader of the output at most. */
const feedCapacity = 10_000;

/**
 * Prints what passes until it is stopped, has printed enough, or nobody reads any more; each is a good end.
 *
 * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `connection_closed`
 */
export async function watchTraffic(options: WatchOptions): Promise<void> {
  const { network, terminal, filter, subject } = options;
  const feed = new BoundedFeed<Heard>(feedCapacity);
  const stop = AbortSignal.any([network.wait.signal, terminal.closed]);
  try {
    const overhearing = await overhear(network, {
      usernames: usernamesIn(filter),
      onTraffic: (event, frame) => feed.push({ event, frame }),
      onInterrupted: (lost) =>
        terminal.warn(lost ? 'The connection is lost; waiting for it.' : 'The connection is back.'),
      ...(subject === undefined ? {} : { subjects: subject }),
    });
    stop.addEventListener('abort', () => feed.end(), { once: true });
    if (stop.aborted) feed.end();
    await printUntilEnd(feed, overhearing, { ...options, stop }).finally(() => overhearing.close());
  } catch (cause) {
    // Ctrl-C is how a watch ends, also while it is still connecting.
    if (!(cause instanceof ProtocolError && cause.code === 'cancelled')) throw cause;
  }
}

async function printUntilEnd(
  feed: BoundedFeed<Heard>,
  { names, withoutNames, ended }: Overhearing,
  { terminal, filter, maxMessages, stop, ...print }: WatchOptions & { stop: AbortSignal },
): Promise<void> {
  let failure: ProtocolError | undefined;
  void ended.then((cause) => {
    failure = cause;
    feed.end();
  });
  if (withoutNames) terminal.warn(`Usernames are not known: ${withoutNames.message}`);
  if (!print.json) terminal.warn(`Watching${filter.source === '' ? '' : ` ${filter.source}`}. Ctrl-C ends it.`);
  const show = trafficPrinter(terminal, names.usernameOf, print);
  let shown = 0;
  for await (const batch of feed.batches()) {
    for (const { event, frame } of batch) {
      if (stop.aborted) break;
      if (!matchesFilter(filter, filterableEvent(event, names.usernameOf), event.atMs)) continue;
      show(event, frame);
      shown++;
      if (shown === maxMessages) return;
      await terminal.drained();
    }
  }
  if (feed.dropped > 0) terminal.warn(`${feed.dropped} were not shown: the output was too slow.`);
  if (failure && !stop.aborted) throw failure;
}
