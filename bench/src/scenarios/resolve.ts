import { RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import { callLoads } from '../call-loads.js';
import type { Scenario } from '../scenario.js';

/** A username looked up in the registry, beside a plain subscription that answers with a fixed body. */
export const resolve: Scenario = {
  name: 'resolve',
  about: 'a username looked up in the registry, beside a plain responder with a fixed body',
  async prepare({ natsUrl, responder }, { quick }) {
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-resolver' });
    const registry = new RegistryClient(natsTransport(connection));
    const body = new TextEncoder().encode(JSON.stringify({ username: responder.username }));
    const ours = () => registry.resolveAccount({ username: responder.username });
    const raw = () => connection.request(responder.resolveSubject, body, { timeout: 5000 });
    return {
      comparisons: callLoads(
        { ours, raw },
        [
          [1, 2000],
          [64, 8000],
        ],
        quick,
      ),
      close: () => connection.close(),
    };
  },
};
