import { subjects } from '@agentnet/protocol';
import type { Frame } from '../kit/judge/captured-frame.js';
import type { Role, RoledFrame } from '../kit/judge/frame-roles.js';
import type { Scene } from './agent-scenes.js';

const presenceProbes: readonly string[] = [subjects.registryProfile, subjects.registrySearch];

/**
 * The frames of a trace that its scene determines. Heartbeats fall anywhere, so a hello counts only where an agent
 * announces itself after registering; in a scene about heartbeats they alone count, agent by agent. A request that is
 * answered late, on a busy machine, makes the requester look whether the other one is online.
 */
export function relevantFrames(frames: readonly RoledFrame[], scene: Scene): readonly RoledFrame[] {
  if (scene.hellosOfEach !== undefined) return firstHellos(frames, scene.hellosOfEach);
  const newcomers = new Set<string>();
  return frames.filter(({ frame, role, request }) => {
    if (!scene.probes && presenceProbes.includes((request ?? frame).subject)) return false;
    if (role === 'rpc request') newcomers.add(agentOf(frame));
    return role !== 'hello' || newcomers.delete(agentOf(frame));
  });
}

/** How many frames of each role there are. */
export function countRoles(frames: readonly RoledFrame[]): ReadonlyMap<Role, number> {
  const counts = new Map<Role, number>();
  for (const { role } of frames) counts.set(role, (counts.get(role) ?? 0) + 1);
  return counts;
}

function firstHellos(frames: readonly RoledFrame[], each: number): readonly RoledFrame[] {
  const hellos = frames.filter(({ role }) => role === 'hello');
  const agents = [...new Set(hellos.map(({ frame }) => agentOf(frame)))].sort();
  return agents.flatMap((agent) => hellos.filter(({ frame }) => agentOf(frame) === agent).slice(0, each));
}

function agentOf({ body }: Frame): string {
  const value = body.kind === 'json' ? body.value : undefined;
  return String((value as { agent_id?: unknown } | null | undefined)?.agent_id ?? '');
}
