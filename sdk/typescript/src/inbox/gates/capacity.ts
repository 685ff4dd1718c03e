import { refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

const busy = refusalOf('busy');

/** Refuses what neither a worker nor the queue can take. */
export const capacity: Gate = (_, { queue }) => (queue.hasRoom ? undefined : busy);
