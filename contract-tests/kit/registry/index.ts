import type { Scenario } from '../core/scenario.js';
import { captureScenarios } from './capture.js';
import { discoveryScenarios } from './discovery.js';
import { historyScenarios } from './history.js';
import { identityScenarios } from './identity.js';
import { messageSearchScenarios } from './message-search.js';
import { metricsScenarios } from './metrics.js';
import { presenceScenarios } from './presence.js';
import { profileScenarios } from './profiles.js';
import { refusalScenarios } from './refusals.js';
import { registrationScenarios } from './registrations.js';
import { searchWalkScenarios } from './search-walk.js';
import { threadScenarios } from './threads.js';
import { withReplyRegistryScenarios } from './with-reply.js';

/** All scenarios that put a registry under test. */
export const registryScenarios: readonly Scenario[] = [
  ...identityScenarios,
  ...refusalScenarios,
  ...presenceScenarios,
  ...discoveryScenarios,
  ...searchWalkScenarios,
  ...profileScenarios,
  ...metricsScenarios,
  ...threadScenarios,
  ...historyScenarios,
  ...captureScenarios,
  ...messageSearchScenarios,
  ...registrationScenarios,
  ...withReplyRegistryScenarios,
];
