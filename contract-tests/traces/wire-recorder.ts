import { subjectPatterns } from '@agentnet/protocol';
import { eventually, type RawClient } from '../harness/index.js';
import { decodeBody, type Frame } from '../kit/judge/captured-frame.js';
import { assignRoles, type RoledFrame } from '../kit/judge/frame-roles.js';

/** Records what agents and registry put on the wire, one scene at a time. */
export interface WireRecorder {
  /** Forgets what was heard so far. */
  begin(): void;
  /** The frames of this scene, as soon as `isOver` holds for them, at the latest after `timeoutMs`. */
  end(isOver: (frames: readonly RoledFrame[]) => boolean, timeoutMs: number): Promise<readonly RoledFrame[]>;
}

// Of overlapping patterns one is enough; `historyTapped` is traffic between registries.
const { replyInbox: _covered, historyTapped: _internal, ...recordedPatterns } = subjectPatterns;

/** Starts recording on a connection of its own, which `client` becomes. */
export async function recordWire(client: RawClient): Promise<WireRecorder> {
  let frames: Frame[] = [];
  for (const pattern of Object.values(recordedPatterns)) {
    await client.subscribe(pattern, {
      onFrame: ({ subject, reply, body }) => {
        frames.push({ n: frames.length + 1, subject, body: decodeBody(body), ...(reply ? { reply } : {}) });
      },
    });
  }
  return {
    begin() {
      frames = [];
    },
    async end(isOver, timeoutMs) {
      // A frame that does not come is for the comparison to report, with its place.
      await eventually(() => isOver(assignRoles(frames)), { timeoutMs }).catch(() => undefined);
      await client.connection.flush();
      return assignRoles(frames);
    },
  };
}
