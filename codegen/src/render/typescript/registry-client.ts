import type { Operation, Protocol } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { camelCase, quote } from './names.js';

/** `registry-client.ts`: one method per rpc and event. */
export function renderRegistryClient({ operations, schemas }: Protocol): string {
  const rpcs = operations.filter(({ role }) => role === 'rpc');
  const events = operations.filter(({ role }) => role === 'event');
  const types = [
    ...new Set(
      [...rpcs, ...events].flatMap(({ requests: [request], reply }) =>
        reply === undefined ? [request] : [request, reply],
      ),
    ),
  ];
  const allOptional = new Set(
    schemas
      .filter(({ shape }) => shape.kind === 'object' && !shape.fields.some(({ isRequired }) => isRequired))
      .map(({ name }) => name),
  );
  const methods = [
    ...rpcs.map((rpc) => renderRpc(rpc, allOptional.has(rpc.requests[0] ?? ''))),
    ...events.map(renderEvent),
  ];
  return `import { type CallOptions, callRpc, publishEvent } from './call.js';
import type {
${types.map((type) => `  ${type},`).join('\n')}
} from './models.js';
import type { Transport } from './transport.js';

/**
 * The registry, as a client sees it. Requests are checked before they are sent, replies before they are returned; a refusal is thrown as a
 * \`RemoteRefusal\` with a code of the spec.
 */
export class RegistryClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

${methods.join('\n\n')}
}
`;
}

function renderRpc({ name, summary, description, errors, requests, reply }: Operation, isOptional: boolean): string {
  const codes = [...new Set(errors.map(({ code }) => `\`${code}\``))].join(', ');
  const comment = docComment([summary, description, codes === '' ? '' : `@throws {RemoteRefusal} ${codes}`], '  ');
  return `${comment}
  ${camelCase(name)}(request: ${requests[0]}${isOptional ? ' = {}' : ''}, options?: CallOptions): Promise<${reply}> {
    return callRpc(this.#transport, ${quote(name)}, request, options);
  }`;
}

function renderEvent({ name, summary, description, requests }: Operation): string {
  const comment = docComment(
    [summary, description, '@throws {ProtocolError} `bad_request` when the event breaks its schema.'],
    '  ',
  );
  return `${comment}
  ${camelCase(name)}(event: ${requests[0]}): void {
    publishEvent(this.#transport, ${quote(name)}, event);
  }`;
}
