import { Ajv } from 'ajv';
import { joinPointer } from '../load/json-pointer.js';
import { payloadName } from '../model/follow-reference.js';
import { readShape } from '../model/read-shape.js';
import { validatorSchemas } from '../model/validator-schema.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Valid examples are accepted, invalid ones refused, and every schema a message carries has one of each. */
export const examples: LintRule = (context) => {
  const { spec, report, reportFile } = context;
  const ajv = compile(context);
  if (!ajv) return;
  for (const { schema, isValid, file, value } of context.examples) {
    const validate = Object.hasOwn(spec.components.schemas, schema) ? ajv.getSchema(schema) : undefined;
    if (!validate) reportFile(file, `there is no schema '${schema}'`, 'Call the folder like a component schema.');
    else if (validate(value) !== isValid) {
      const reason = isValid ? `it is refused: ${ajv.errorsText(validate.errors, { dataVar: '' })}` : 'it is accepted';
      reportFile(
        file,
        reason,
        isValid ? 'Correct the example or the schema.' : 'Break one rule of the schema, or tighten the schema.',
      );
    }
  }
  for (const name of carriedSchemas(context)) {
    for (const isValid of [true, false]) {
      if (context.examples.some((example) => example.schema === name && example.isValid === isValid)) continue;
      const verdict = isValid ? 'valid' : 'invalid';
      report(
        joinPointer('/components/schemas', name),
        `'${name}' has no ${verdict} example`,
        `Add spec/examples/${name}/${verdict}-<fact>.json.`,
      );
    }
  }
};

function compile({ spec }: LintContext): Ajv | undefined {
  try {
    const protocol = Object.entries(spec.components.schemas).map(([name, raw]) => ({
      name,
      shape: readShape(raw, '', () => {}),
    }));
    const ajv = new Ajv({ strict: false, strictNumbers: true, discriminator: true });
    const schemas = validatorSchemas(protocol);
    for (const schema of schemas.values()) ajv.addSchema(schema);
    for (const name of schemas.keys()) ajv.getSchema(name);
    return ajv;
  } catch {
    // A schema that cannot be compiled has findings of its own.
    return undefined;
  }
}

function carriedSchemas({ spec }: LintContext): Set<string> {
  const names = Object.values(spec.channels).flatMap((channel) =>
    Object.values(channel.messages).map((message) => payloadName(spec, message)),
  );
  return new Set(names.filter((name) => name !== undefined));
}
