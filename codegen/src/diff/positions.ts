import type { Protocol } from '../model/protocol.js';
import type { Shape } from '../model/shape.js';

/**
 * Who depends on a schema. `read`: peers of any age write it, we read it, so it may only widen. `written`: we write it, peers of any age read it, so it
 * may only narrow. Replies are both: a new registry writes to old clients, and new clients read old registries.
 */
export type Position = 'read' | 'written';

/** Schema name -> its positions, through every schema that refers to it. One that no body reaches is taken to be in both. */
export function positionsOf({ operations, schemas }: Protocol): Map<string, ReadonlySet<Position>> {
  const shapes = new Map(schemas.map(({ name, shape }) => [name, shape]));
  const positions = new Map<string, Set<Position>>();
  const mark = (name: string, position: Position): void => {
    const known = positions.get(name) ?? new Set<Position>();
    if (known.has(position)) return;
    positions.set(name, known.add(position));
    const shape = shapes.get(name);
    if (shape) for (const inner of referencesIn(shape)) mark(inner, position);
  };
  for (const { role, action, requests, reply, errorReply } of operations) {
    for (const name of requests) mark(name, role === 'message' && action === 'send' ? 'written' : 'read');
    for (const name of [reply, errorReply]) {
      if (name === undefined) continue;
      mark(name, 'read');
      mark(name, 'written');
    }
  }
  for (const { name } of schemas) {
    if (positions.has(name)) continue;
    mark(name, 'read');
    mark(name, 'written');
  }
  return positions;
}

function referencesIn(shape: Shape): string[] {
  switch (shape.kind) {
    case 'reference':
      return [shape.name];
    case 'array':
      return referencesIn(shape.items);
    case 'map':
      return referencesIn(shape.values);
    case 'object':
      return shape.fields.flatMap((field) => referencesIn(field.shape));
    case 'union':
      return shape.members.map(({ name }) => name);
    case 'nullable':
      return referencesIn(shape.of);
    default:
      return [];
  }
}
