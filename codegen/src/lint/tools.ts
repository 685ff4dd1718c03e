import { joinPointer } from '../load/json-pointer.js';
import { schemaName } from '../model/follow-reference.js';
import type { RawSchema, RawTool } from '../model/raw-spec.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Every tool has a closed object of arguments; those of an operation are fields of its request. */
export const tools: LintRule = (context) => {
  const { spec, report } = context;
  for (const [name, tool] of Object.entries(spec['x-tools'] ?? {})) {
    const at = joinPointer('/x-tools', name);
    const schema = spec.components.schemas[tool.arguments];
    if (!schema)
      report(
        joinPointer(at, 'arguments'),
        `there is no schema '${tool.arguments}'`,
        'Add it to components.schemas, or correct the name.',
      );
    else if (schema.type !== 'object' || schema.additionalProperties !== false)
      report(
        joinPointer(at, 'arguments'),
        `'${tool.arguments}' is no closed object`,
        'Write `type: object, additionalProperties: false`, so that a misspelt argument is refused.',
      );
    else if (tool.operation !== undefined) checkFields(tool, fieldsOf(schema), at, context);
  }
};

function checkFields({ operation = '' }: RawTool, names: readonly string[], at: string, context: LintContext): void {
  const { spec, report } = context;
  const place = joinPointer(at, 'operation');
  const request = requestOf(operation, context);
  if (!request) {
    report(place, `there is no operation '${operation}'`, 'Correct the name, or leave it out.');
    return;
  }
  const fields = fieldsOf(spec.components.schemas[request] ?? {});
  for (const name of names) {
    if (!fields.includes(name))
      report(
        place,
        `the argument '${name}' is no field of '${request}'`,
        'Call it like the field, or leave out `operation`.',
      );
  }
}

/** The component schema an operation's request carries. */
function requestOf(operation: string, { spec }: LintContext): string | undefined {
  const [, channel = '', key = ''] =
    /^#\/channels\/([^/]+)\/messages\/([^/]+)$/.exec(spec.operations[operation]?.messages[0]?.$ref ?? '') ?? [];
  const message = spec.channels[channel]?.messages[key];
  if (!message) return undefined;
  const target = '$ref' in message ? spec.components.messages?.[message.$ref.split('/').at(-1) ?? ''] : message;
  return target && 'payload' in target ? schemaName(target.payload.$ref) : undefined;
}

function fieldsOf({ properties }: RawSchema): string[] {
  return Object.keys((properties as RawSchema | undefined) ?? {});
}
