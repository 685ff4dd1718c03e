import { milliseconds } from '../output/milliseconds.js';
import { failureOf } from '../output/report-failure.js';
import type { Announce } from '../up/events.js';
import { discover } from './discover.js';
import { readBack } from './read-back.js';
import { requestByCapability, requestByUsername } from './requests.js';
import type { Scene, Step } from './scene.js';
import { sendWithReceipts } from './send-with-receipts.js';

const steps: readonly Step[] = [discover, sendWithReceipts, requestByUsername, requestByCapability, readBack];

/** Performs the steps one after the other, timed, and tells each. Later steps build on earlier ones, so the first failure ends the story. */
export async function tellStory(scene: Scene, announce: Announce): Promise<boolean> {
  for (const [index, { title, perform }] of steps.entries()) {
    const startedAt = performance.now();
    const told = { event: 'demo', step: index + 1, title } as const;
    const ms = () => milliseconds(performance.now() - startedAt);
    try {
      const outcome = await perform(scene);
      announce({ ...told, ok: true, ms: ms(), ...outcome });
    } catch (cause) {
      scene.signal.throwIfAborted();
      announce({ ...told, ok: false, ms: ms(), error: failureOf(cause) });
      return false;
    }
  }
  return true;
}
