import type { RegistryHandlers } from '@agentnet/protocol';

/** Handlers of which the test gives the ones it needs; the others reject. */
export function handlersWith(given: Partial<RegistryHandlers>): RegistryHandlers {
  const absent = async (): Promise<never> => {
    throw new Error('this handler is not part of the test');
  };
  return {
    register: absent,
    list: absent,
    resolveAccount: absent,
    resolveKey: absent,
    rotateKey: absent,
    revokeKey: absent,
    search: absent,
    profile: absent,
    threadStatus: absent,
    threadList: absent,
    threadMessages: absent,
    messageSearch: absent,
    metrics: absent,
    hello: absent,
    goodbye: absent,
    ...given,
  };
}
