/**
 * What a change of the spec does to those who have not made it yet.
 * WIRE: peers of the two versions misunderstand each other. SOURCE: code written against the generated packages stops compiling.
 * SAFE: an addition. DOC: words only.
 */
export type Effect = 'WIRE' | 'SOURCE' | 'SAFE' | 'DOC';

export interface Change {
  readonly effect: Effect;
  /** `schemas/RegisterRequest/agent_id`. */
  readonly where: string;
  readonly what: string;
}

export const isBreaking = ({ effect }: Change): boolean => effect === 'WIRE' || effect === 'SOURCE';

/** What two lists keyed by name have in common, what is gone and what is new. */
export function pairByName<T>(before: readonly T[], after: readonly T[], nameOf: (item: T) => string) {
  const old = new Map(before.map((item) => [nameOf(item), item]));
  const fresh = new Map(after.map((item) => [nameOf(item), item]));
  return {
    removed: before.filter((item) => !fresh.has(nameOf(item))),
    added: after.filter((item) => !old.has(nameOf(item))),
    kept: after.flatMap((item) => {
      const twin = old.get(nameOf(item));
      return twin === undefined ? [] : [{ before: twin, after: item }];
    }),
  };
}
