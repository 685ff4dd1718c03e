import { createHash } from 'node:crypto';
import { type RuleId, rules } from '@agentnet/protocol';

/** The requirements of one schema version: rule ids and digests of their texts. */
export interface RequirementSet {
  readonly schema_version: string;
  readonly rules: Readonly<Record<string, string>>;
}

/** The requirements as the specification has them now. */
export function requirementsNow(schema_version: string): RequirementSet {
  const ids = Object.keys(rules).sort() as RuleId[];
  return { schema_version, rules: Object.fromEntries(ids.map((id) => [id, digest(rules[id].text)])) };
}

/** How the specification differs from a frozen set; a rule that is only new is no difference to those who meet the old ones. */
export function changedRequirements(frozen: RequirementSet): string[] {
  const now = requirementsNow(frozen.schema_version).rules;
  return Object.entries(frozen.rules).flatMap(([id, text]) => {
    if (!(id in now)) return [`${id} was frozen for ${frozen.schema_version} and is gone`];
    return now[id] === text ? [] : [`the text of ${id} is not the one frozen for ${frozen.schema_version}`];
  });
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
