/** One thing that is wrong with the spec: where it is, what it is, and what to do about it. */
export interface Finding {
  /** `spec/schemas/messages.yaml:12 (#/Message/properties/kind)`. */
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** The spec cannot be used. Carries every finding, so that one run shows them all. */
export class SpecError extends Error {
  override readonly name = 'SpecError';

  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(formatFinding).join('\n'));
  }
}

export function formatFinding({ where, what, remedy }: Finding): string {
  return `${where}: ${what}\n    ${remedy}`;
}
