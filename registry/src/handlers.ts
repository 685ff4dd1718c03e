import type { CallContext, RegistryHandlers, ServiceObserver } from '@agentnet/protocol';
import type { RegistryDeps } from './deps.js';
import { authorize } from './operations/authorize.js';
import { goodbye } from './operations/goodbye.js';
import { hello } from './operations/hello.js';
import { list } from './operations/list.js';
import { messageSearch } from './operations/message-search.js';
import { type MetricsSources, metrics } from './operations/metrics.js';
import { profile } from './operations/profile.js';
import { register } from './operations/register.js';
import { resolveAccount } from './operations/resolve-account.js';
import { resolveKey } from './operations/resolve-key.js';
import { revokeKey } from './operations/revoke-key.js';
import { rotateKey } from './operations/rotate-key.js';
import { search } from './operations/search.js';
import { threadList } from './operations/thread-list.js';
import { threadMessages } from './operations/thread-messages.js';
import { threadStatus } from './operations/thread-status.js';

/** Every operation of the spec, each behind `authorize`. */
export function registryHandlers(deps: RegistryDeps, sources: MetricsSources): RegistryHandlers {
  const authorized =
    <Request, Reply>(operation: (deps: RegistryDeps, request: Request, call: CallContext) => Promise<Reply>) =>
    async (request: Request, call: CallContext): Promise<Reply> => {
      await authorize(deps, call);
      return operation(deps, request, call);
    };
  return {
    register: authorized(register),
    list: authorized(list),
    resolveAccount: authorized(resolveAccount),
    resolveKey: authorized(resolveKey),
    rotateKey: authorized(rotateKey),
    revokeKey: authorized(revokeKey),
    search: authorized(search),
    profile: authorized(profile),
    threadStatus: authorized(threadStatus),
    threadList: authorized(threadList),
    threadMessages: authorized(threadMessages),
    messageSearch: authorized(messageSearch),
    metrics: authorized(() => metrics(deps, sources)),
    hello: authorized(hello),
    goodbye: authorized(goodbye),
  };
}

/** Counts every call and logs those that failed. */
export function callObserver({ metrics: counters, log }: Pick<RegistryDeps, 'metrics' | 'log'>): ServiceObserver {
  return {
    onCall({ operation, durationMs, outcome, code, cause }) {
      if (outcome === 'ignored') return;
      // A metrics call counts itself.
      if (operation !== 'metrics') counters.called(operation);
      counters.finished(operation, durationMs, outcome === 'failed');
      if (outcome === 'refused' && code) counters.refused(operation, code);
      if (outcome === 'failed') log.error({ event: 'call_failed', operation, code, err: cause });
    },
  };
}
