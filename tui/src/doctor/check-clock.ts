import { limits, parseInstant } from '@agentnet/protocol';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

const noticedMs = 2000;

/** Whether this machine and the registry agree on the time: deadlines and signatures depend on it. */
export async function checkClock({ metrics }: Patient): Promise<Finding> {
  const check = 'clock';
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to compare with' };
  const theirs = parseInstant(answer.reply.generated_at)?.epochMs;
  if (theirs === undefined) {
    return { check, verdict: 'unknown', detail: `the registry's time cannot be read: ${answer.reply.generated_at}` };
  }
  const skewMs = skew(theirs, answer);
  const fix = 'Let both machines take their time from a time server (NTP).';
  const apart = `${Math.abs(skewMs)} ms ${skewMs > 0 ? 'behind' : 'ahead of'} the registry`;
  if (Math.abs(skewMs) >= limits.ttlMsDefault) {
    return { check, verdict: 'failure', detail: `this machine is ${apart}: messages expire before they arrive`, fix };
  }
  if (Math.abs(skewMs) >= noticedMs) return { check, verdict: 'warning', detail: `this machine is ${apart}`, fix };
  return { check, verdict: 'ok', detail: 'agrees with the registry' };
}

/** How far the registry's clock is ahead of ours, at least; 0 when its time lies between our question and its answer. */
function skew(theirs: number, { askedAtMs, answeredAtMs }: { askedAtMs: number; answeredAtMs: number }): number {
  if (theirs > answeredAtMs) return theirs - answeredAtMs;
  return theirs < askedAtMs ? theirs - askedAtMs : 0;
}
