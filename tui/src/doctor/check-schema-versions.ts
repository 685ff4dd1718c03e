import { limits } from '@agentnet/protocol';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

/** Whether agents of another protocol version are about. */
export async function checkSchemaVersions({ registry, network }: Patient): Promise<Finding> {
  const check = 'schema version';
  const { messages } = await registry.messageSearch({ limit: limits.messagesLimitMax }, network.wait);
  const versions = [...new Set(messages.map(({ schema_version }) => schema_version))].sort();
  const ours = `${limits.supportedSchemaMajor}.${limits.schemaMinor}`;
  const foreign = versions.filter((version) => Number.parseInt(version, 10) !== limits.supportedSchemaMajor);
  if (foreign.length === 0) {
    const seen =
      versions.length === 0 ? 'no messages on record yet' : `the latest messages are of ${versions.join(', ')}`;
    return { check, verdict: 'ok', detail: `this command writes ${ours}; ${seen}` };
  }
  return {
    check,
    verdict: 'warning',
    detail: `some of the latest messages are of ${foreign.join(', ')}, which agents of ${ours} refuse`,
    fix: 'Bring all agents to one major version; `agentnet message-search` shows who sent them.',
  };
}
