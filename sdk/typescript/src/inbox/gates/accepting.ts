import { refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

const shuttingDown = refusalOf('shutting_down');

/** Refuses what arrives after the session has stopped taking work. */
export const accepting: Gate = (_, { isAccepting }) => (isAccepting ? undefined : shuttingDown);
