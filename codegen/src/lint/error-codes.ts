import { joinPointer } from '../load/json-pointer.js';
import { payloadName } from '../model/follow-reference.js';
import type { RawOperation, RawSpec } from '../model/raw-spec.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Codes the generated clients and services raise by themselves. */
const neededCodes = [
  'bad_request',
  'field_required',
  'internal_error',
  'invalid_reply',
  'invalid_subject_token',
  'payload_not_object',
  'registry_error',
  'reply_too_large',
];

/** Every refusal has a known code and an exact text, and the codes the generated code raises exist. */
export const errorCodes: LintRule = (context) => {
  const { spec, report } = context;
  for (const code of neededCodes) {
    if (!Object.hasOwn(spec['x-error-codes'], code))
      report('/x-error-codes', `the code '${code}' is missing`, 'Add it: generated clients and services raise it.');
  }
  for (const [name, operation] of Object.entries(spec.operations)) {
    if (operation['x-role'] === 'rpc') checkOperation(operation, joinPointer('/operations', name), context);
  }
};

function checkOperation(operation: RawOperation, at: string, { spec, report }: LintContext): void {
  const errors = operation['x-errors'] ?? [];
  const seen = new Set<string>();
  for (const [index, { code, field }] of errors.entries()) {
    const place = joinPointer(at, 'x-errors', index);
    if (!Object.hasOwn(spec['x-error-codes'], code))
      report(
        joinPointer(place, 'code'),
        `there is no error code '${code}'`,
        'Add it to x-error-codes, or correct the name.',
      );
    const key = `${code} ${field ?? ''}`;
    if (seen.has(key)) report(place, `'${code}' is listed twice`, 'Leave one text per code and field.');
    seen.add(key);
    if (field === undefined) continue;
    if (code !== 'field_required')
      report(joinPointer(place, 'field'), `\`field\` beside the code '${code}'`, 'It belongs to field_required only.');
    if (!requestFields(operation, spec).includes(field))
      report(
        joinPointer(place, 'field'),
        `the request does not require the field '${field}'`,
        'Add it to `required` of the request schema, or correct the name.',
      );
  }
  const needed =
    operation['x-body'] === 'ignored-when-malformed'
      ? ['internal_error']
      : ['payload_not_object', 'bad_request', 'internal_error'];
  for (const code of needed) {
    if (!errors.some((error) => error.code === code))
      report(
        joinPointer(at, 'x-errors'),
        `the text for '${code}' is missing`,
        `Add { code: ${code}, error: ... }: the generated service answers with it.`,
      );
  }
}

function requestFields(operation: RawOperation, spec: RawSpec): unknown[] {
  const name = payloadName(spec, operation.messages[0]);
  const required = name === undefined ? undefined : spec.components.schemas[name]?.required;
  return Array.isArray(required) ? required : [];
}
