import { refusalOf } from '../refusal.js';
import type { Gate } from './gate.js';

const busy = refusalOf('busy');

/** Refuses what neither a worker nor the queue can take. */
export const capacity: Gate = ({ event }, { queue, streams, claiming }) => {
  const hasRoom = event ? streams.lanes.hasRoom : queue.hasRoomBeside(claiming.size);
  return hasRoom ? undefined : busy;
};
