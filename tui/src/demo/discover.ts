import { type AgentRow, ProtocolError } from '@agentnet/protocol';
import { sanitizeLine } from '../text/sanitize.js';
import { retryUntil } from './retry-until.js';
import type { Step } from './scene.js';

/** Asks the registry who is there, and expects the two agents. */
export const discover: Step = {
  title: 'Discovery: who is there?',
  async perform({ registry, cast, signal }) {
    const expected = [cast.echo.username, cast.calculator.username];
    const agents = await retryUntil(
      async () => (await registry.list({}, { signal })).agents,
      (found) => expected.every((username) => found.some((agent) => agent.username === username)),
      { signal, failure: () => new ProtocolError('not_found', `the list lacks ${expected.join(' or ')}`) },
    );
    return {
      facts: { agents: agents.map(factsOf) },
      lines: agents.map(({ username, name, capabilities }) =>
        sanitizeLine(`@${username}  ${name}${capabilities.length === 0 ? '' : `, offers ${capabilities.join(', ')}`}`),
      ),
    };
  },
};

function factsOf({ username, account_id, capabilities }: AgentRow) {
  return { username: username ?? null, account_id: account_id ?? null, capabilities };
}
