import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { AskedStreams } from '../streams/asked-streams.js';
import { streamKey } from '../streams/stream-key.js';
import type { Incoming } from './inbox.js';
import { OpenStreams } from './open-streams.js';
import { RateLimiter } from './rate-limiter.js';
import { StreamLanes } from './stream-lanes.js';

/** What streams are received with. */
export class StreamIntake {
  readonly open: OpenStreams;
  readonly lanes: StreamLanes<Incoming>;
  readonly rates: RateLimiter;
  /** Streams the agent itself has asked for; their events go there and not to the handler. */
  readonly asked: AskedStreams;

  /** @param work - never rejects */
  constructor(
    { clock, maxConcurrency, asked }: { clock: Clock; maxConcurrency: number; asked: AskedStreams },
    work: (incoming: Incoming) => Promise<void> | undefined,
  ) {
    this.open = new OpenStreams(clock);
    this.lanes = new StreamLanes({ maxPending: limits.streamMaxPending, maxConcurrency }, work);
    this.rates = new RateLimiter(limits.streamRateLimitPerSecond, limits.streamRateLimitBurst, clock);
    this.asked = asked;
  }

  /** Takes an accepted event into its stream's lane; false when the message is no event. */
  push(incoming: Incoming): boolean {
    const { message, event } = incoming;
    if (!event) return false;
    this.open.note(message, event);
    this.lanes.push(streamKey(message, event.stream_id), incoming);
    return true;
  }
}
