export { type CertificateAuthority, type CertificateFiles, certificateAuthority } from './certificate-authority.js';
export { Cleanup } from './cleanup.js';
export { type DatabaseKind, databases, onEachDatabase, onEachDeployment, type TestDatabase } from './databases.js';
export { type DetachedAccount, detachedAccount, isSealedBy, purposeOf, type Seal, sealed } from './detached-signing.js';
export { type EventuallyOptions, eventually, eventuallyEqual } from './eventually.js';
export { golden } from './golden.js';
export { useKeyDir } from './key-dir.js';
export {
  aMessage,
  freshMessageId,
  type MessageOptions,
  type MessageText,
  uniqueName,
  withPayloadText,
} from './message-builder.js';
export { type ClusterMember, type NatsCluster, startNatsCluster } from './nats-cluster.js';
export { type NatsServer, type NatsServerOptions, startNats } from './nats-server.js';
export { type Network, type NetworkOptions, openNetwork, useNetwork } from './network.js';
export { type Peer, type PeerOptions, startPeer } from './peer.js';
export { findPostgresPrograms, type PostgresCluster, startPostgres } from './postgres-cluster.js';
export { type RawAccount, rawAccount } from './raw-account.js';
export { type RawBody, type RawClient, type ReplyOf, rawClient, rpcNames } from './raw-client.js';
export { type Frame, type NextOptions, type RawSubscription, subscribeRaw } from './raw-subscription.js';
export { type RegistryProcess, type RegistryProcessOptions, shortLived, startRegistry } from './registry-process.js';
export { type RuleOptions, rule } from './rule.js';
export {
  isSignedBy,
  type RegistrationChanges,
  type SignedAccount,
  signedAccount,
  signedRegistration,
  signMessage,
} from './signing.js';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
export { countInThread, idsOf, messagesOf, readThread, record, type ThreadMessage } from './thread.js';
export { tapWire, type WireTap, type WireTapOptions, type WireViolation } from './wire-tap.js';
