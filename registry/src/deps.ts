import type { Logger } from 'pino';
import type { RegistryMetrics } from './metrics/registry-metrics.js';
import type { RegistryConfig } from './options.js';
import type { HelloAbsorber } from './presence/absorb-hellos.js';
import type { AccountLookups } from './store/account-lookups.js';
import type { Database } from './store/database.js';

/** What every operation and job gets. Nothing here is truth about agents except the database. */
export interface RegistryDeps {
  readonly database: Database;
  readonly config: RegistryConfig;
  /** Milliseconds since 1970 by the registry's clock; every time a reply or row holds comes from here. */
  now(): number;
  readonly log: Logger;
  readonly metrics: RegistryMetrics;
  readonly presence: HelloAbsorber;
  /** Tells every peer to forget the key of an account. Only after the change is committed. */
  announceKeyChange(accountId: string): void;
  readonly lookups: AccountLookups;
}
