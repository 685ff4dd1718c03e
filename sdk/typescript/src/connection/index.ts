export { AgentNetError, RemoteError, TransportError, ValidationError } from '../errors.js';
export { connect } from './connect.js';
export type { ConnectionOptions } from './connection-options.js';
export { type NatsMessage, type NatsTransport, type NatsTransportOptions, natsTransport } from './nats-transport.js';
export { exposesPublicToken, publicToken } from './public-token.js';
export { redactUrl } from './redact-url.js';
export { registryQueries } from './registry-queries.js';
export type { TlsOptions } from './tls-options.js';
export { toAgentNetError } from './to-agentnet-error.js';
