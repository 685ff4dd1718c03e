import { type JsonObject, limits, Refusal } from '@agentnet/protocol';
import { findUnstorable } from './storable-json.js';

/** What an agent says about itself, in a registration or a hello. */
export interface AgentProfile {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly metadata: JsonObject;
}

interface ProfileClaims {
  agent_id: string;
  name?: string | null;
  capabilities?: string[] | null;
  metadata?: JsonObject | null;
}

/** @throws {Refusal} `profile_too_large`, or `bad_request` for metadata no database keeps */
export function readProfile({ agent_id, name, capabilities, metadata }: ProfileClaims): AgentProfile {
  const profile = { name: name || agent_id, capabilities: capabilities ?? [], metadata: metadata ?? {} };
  const unstorable = findUnstorable(profile.metadata);
  if (unstorable) throw new Refusal('bad_request', `/metadata${unstorable}`);
  const bytes = Buffer.byteLength(JSON.stringify(profile));
  if (bytes > limits.profileMaxBytes) {
    throw new Refusal(
      'profile_too_large',
      `name, capabilities and metadata are ${bytes} bytes of JSON, at most ${limits.profileMaxBytes} are kept`,
    );
  }
  return profile;
}
