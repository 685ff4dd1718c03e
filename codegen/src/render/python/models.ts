import { FormatHelpers, PythonGenerator, type PythonOptions, type PythonPreset } from '@asyncapi/modelina';
import { toJsonSchema } from '../../model/json-schema.js';
import type { Protocol, Schema } from '../../model/protocol.js';
import type { Field, ObjectShape, Shape } from '../../model/shape.js';
import { docString } from './doc-string.js';
import { attributeName, literal, quote } from './names.js';
import { typeText } from './type-text.js';

/**
 * `models.py`: one pydantic model per object schema and one alias per other schema, each after what it refers to. Objects are Modelina's; the aliases it
 * drops are written here.
 *
 * @throws {Error} when Modelina invents, renames, doubles or forgets a model, or when schemas refer to each other in a circle.
 */
export async function renderModels(protocol: Protocol): Promise<string> {
  const modelled = protocol.schemas.filter(isModelled);
  const generated = await generate(protocol, new Map(modelled.map((schema) => [schema.name, schema])));
  const blocks = inOrder(protocol.schemas).map((schema) => generated.get(schema.name) ?? unmodelled(schema));
  return `"""One model or alias per component schema of the spec."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from .scalars import Model, OpenModel, Present, Scalar, Size

${blocks.join('\n\n')}
`;
}

function unmodelled({ name, description, shape }: Schema): string {
  if (shape.kind === 'object') return `\n${classHead(name, shape)}\n${docString([description], '    ')}\n`;
  return `${name}: TypeAlias = ${typeText(shape)}\n${docString([description])}`;
}

const classHead = (name: string, { isOpen }: ObjectShape): string =>
  `class ${name}(${isOpen ? 'OpenModel' : 'Model'}):`;

/** What Modelina makes a model of; an object without fields is one line. */
const isModelled = ({ shape }: Schema): boolean => shape.kind === 'object' && shape.fields.length > 0;

async function generate(protocol: Protocol, modelled: ReadonlyMap<string, Schema>): Promise<Map<string, string>> {
  const rootName = 'EverySchema';
  const root = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: rootName,
    type: 'object',
    definitions: Object.fromEntries(protocol.schemas.map((schema) => [schema.name, toJsonSchema(schema.shape)])),
    properties: Object.fromEntries([...modelled.keys()].map((name) => [name, { $ref: `#/definitions/${name}` }])),
  };
  const outputs = await new PythonGenerator(options(modelled)).generate(root);
  const generated = new Map<string, string>();
  for (const { modelName, result } of outputs) {
    if (!modelled.has(modelName)) continue;
    if (generated.has(modelName))
      throw new Error(`Modelina made the model '${modelName}' twice; rename one of the schemas behind it`);
    generated.set(modelName, result);
  }
  for (const name of modelled.keys())
    if (!generated.has(name)) throw new Error(`Modelina made no model for the schema '${name}'`);
  return generated;
}

function options(modelled: ReadonlyMap<string, Schema>): Partial<PythonOptions> {
  const preset: PythonPreset<PythonOptions> = {
    class: {
      self: async ({ model, renderer }) => {
        const schema = modelled.get(model.name);
        if (schema?.shape.kind !== 'object') return '';
        const properties = FormatHelpers.indent(await renderer.renderProperties(), 4);
        return `\n${classHead(model.name, schema.shape)}\n${docString([schema.description], '    ')}\n\n${properties}\n`;
      },
      property: ({ model, property }) => {
        const shape = modelled.get(model.name)?.shape;
        const fields = shape?.kind === 'object' ? shape.fields : [];
        const field = fields.find(({ name }) => name === property.unconstrainedPropertyName);
        return field ? fieldText(field) : '';
      },
    },
  };
  return {
    processorOptions: { jsonSchema: { ignoreAdditionalProperties: true, interpretSingleEnumAsConst: true } },
    constraints: { modelName: ({ modelName }) => modelName } as PythonOptions['constraints'],
    presets: [preset],
  };
}

/** A field that may be left out is None when it is; only a nullable one may be sent as null. */
function fieldText({ name, description, isRequired, shape, default: assumed }: Field): string {
  const comment = docString([description, assumed === undefined ? '' : `Default: ${literal(assumed)}.`]);
  const attribute = attributeName(name);
  const type = annotation(shape, isRequired);
  const known = attribute === name ? type : `Annotated[${type}, Field(alias=${quote(name)})]`;
  return `${attribute}: ${known}${isRequired ? '' : ' = None'}\n${comment}`;
}

function annotation(shape: Shape, isRequired: boolean): string {
  const type = typeText(shape);
  if (isRequired || shape.kind === 'nullable' || shape.kind === 'any') return type;
  if (shape.kind === 'reference' && shape.name === 'JsonValue') return type;
  return `Annotated[${type} | None, Present()]`;
}

/** Python needs a name to exist before it is used. */
function inOrder(schemas: readonly Schema[]): Schema[] {
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  const done = new Set<string>();
  const ordered: Schema[] = [];
  const visit = (schema: Schema, path: readonly string[]): void => {
    if (done.has(schema.name)) return;
    if (path.includes(schema.name)) throw new Error(`the schemas ${[...path, schema.name].join(' -> ')} form a circle`);
    for (const name of namesIn(schema.shape)) {
      const target = byName.get(name);
      if (target) visit(target, [...path, schema.name]);
    }
    done.add(schema.name);
    ordered.push(schema);
  };
  for (const schema of schemas) visit(schema, []);
  return ordered;
}

function namesIn(shape: Shape): string[] {
  switch (shape.kind) {
    case 'reference':
      return [shape.name];
    case 'array':
      return namesIn(shape.items);
    case 'map':
      return namesIn(shape.values);
    case 'nullable':
      return namesIn(shape.of);
    case 'union':
      return shape.members.flatMap(namesIn);
    case 'object':
      return shape.fields.flatMap((field) => namesIn(field.shape));
    default:
      return [];
  }
}
