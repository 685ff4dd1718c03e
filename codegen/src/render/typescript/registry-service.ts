import type { Operation, Protocol } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { camelCase, propertyKey } from './names.js';

/** `registry-service.ts`: what a registry must implement, and how it is put on the network. */
export function renderRegistryService({ operations }: Protocol): string {
  const served = operations.filter(({ role }) => role !== 'message');
  const types = [
    ...new Set(
      served.flatMap(({ requests: [request], reply }) => (reply === undefined ? [request] : [request, reply])),
    ),
  ];
  return `import type {
${types.map((type) => `  ${type},`).join('\n')}
} from './models.js';
import { type CallContext, type ServeOptions, type Service, serveOperations } from './serve.js';
import type { Transport } from './transport.js';

/** One handler per operation. It gets a checked request and returns the reply, or throws a \`Refusal\`. */
export interface RegistryHandlers {
${served.map(renderHandler).join('\n')}
}

/**
 * Puts a registry on the network: subscribes every operation with its queue group, decodes, checks, calls, checks, encodes.
 * A request with a reply subject always gets an answer, whatever its body and whatever the handler does.
 */
export function serveRegistry(transport: Transport, handlers: RegistryHandlers, options?: ServeOptions): Service {
  return serveOperations(
    transport,
    {
${served.map(({ name, requests }) => `      ${propertyKey(name)}: (request: ${requests[0]}, context) => handlers.${camelCase(name)}(request, context),`).join('\n')}
    },
    options,
  );
}
`;
}

function renderHandler({ name, summary, description, role, requests, reply }: Operation): string {
  const argument = role === 'rpc' ? 'request' : 'event';
  return `${docComment([summary, description], '  ')}\n  ${camelCase(name)}(${argument}: ${requests[0]}, context: CallContext): Promise<${reply ?? 'void'}>;`;
}
