import { RegistryClient, type Transport } from '@agentnet/protocol';
import { type Clock, systemClock } from '../clock.js';
import { patientTransport } from './patient-transport.js';
import { toAgentNetError } from './to-agentnet-error.js';

/** The generated registry client, which waits where it asks too fast, with every failure turned into an `AgentNetError`. */
export function registryQueries(transport: Transport, clock: Clock = systemClock): RegistryClient {
  return new Proxy(new RegistryClient(patientTransport(transport, clock)), {
    get(client, name) {
      const member: unknown = Reflect.get(client, name);
      return typeof member === 'function'
        ? (...args: unknown[]) => withOwnErrors(() => member.apply(client, args))
        : member;
    },
  });
}

function withOwnErrors(call: () => unknown): unknown {
  try {
    const result = call();
    return result instanceof Promise ? result.catch(fail) : result;
  } catch (cause) {
    return fail(cause);
  }
}

function fail(cause: unknown): never {
  throw toAgentNetError(cause);
}
