import type { Protocol } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { propertyKey } from './names.js';

/** `limits.ts`: every number of the protocol. */
export function renderLimits({ limits }: Protocol): string {
  const lines = limits.map(
    ({ name, value, unit, description }) =>
      `${docComment([`${description} Unit: ${unit}.`], '  ')}\n  ${propertyKey(name)}: ${value},`,
  );
  return `/** Every number of the protocol. */
export const limits = {
${lines.join('\n')}
} as const;

/** The name of a limit. */
export type LimitName = keyof typeof limits;
`;
}
