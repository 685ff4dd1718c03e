import type { Spec } from '../../load-spec.js';

const shown = ['typical', 'minimal', 'all-fields'];

/** The published document: the bundle, with the examples of each message inside it, where AsyncAPI tools look for them. */
export function renderAsyncApiBundle({ bundle, examples }: Spec): string {
  const document = structuredClone(bundle.document) as { components?: { messages?: Record<string, object> } };
  for (const [name, message] of Object.entries(document.components?.messages ?? {})) {
    const own = examples.filter(({ schema, isValid, fact }) => schema === name && isValid && shown.includes(fact));
    if (own.length === 0) continue;
    Object.assign(message, { examples: own.map(({ fact, value }) => ({ name: fact, payload: value })) });
  }
  return `${JSON.stringify(document, null, 2)}\n`;
}
