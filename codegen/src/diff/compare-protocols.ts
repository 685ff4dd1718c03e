import type { Protocol } from '../model/protocol.js';
import type { Change } from './change.js';
import { compareChannels } from './compare-channels.js';
import { compareFacts } from './compare-facts.js';
import { compareOperations } from './compare-operations.js';
import { compareSchemas } from './compare-schemas.js';

/** Everything that differs between two versions of the protocol, the worst first. */
export function compareProtocols(before: Protocol, after: Protocol): Change[] {
  const changes = [
    ...compareChannels(before, after),
    ...compareOperations(before, after),
    ...compareSchemas(before, after),
    ...compareFacts(before, after),
  ];
  return (['WIRE', 'SOURCE', 'SAFE', 'DOC'] as const).flatMap((effect) =>
    changes.filter((change) => change.effect === effect),
  );
}
