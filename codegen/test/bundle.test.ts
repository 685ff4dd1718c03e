import { describe, expect, it } from 'vitest';
import { bundleSpec } from '../src/load/bundle.js';
import { TinySpec } from './harness/tiny-spec.js';

describe('bundle', () => {
  it('given references between files, when the spec is bundled, then only references into the bundle are left', () => {
    const { text } = bundleSpec(new TinySpec().folder, 'spec');
    const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.filter((reference) => !reference?.startsWith('#/'))).toEqual([]);
  });

  it('given a field with a description beside its reference, when the spec is bundled, then both are kept', () => {
    const { document } = bundleSpec(new TinySpec().folder, 'spec');
    expect(document).toMatchObject({
      components: {
        schemas: { Ping: { properties: { box_id: { description: 'The box.', $ref: '#/components/schemas/BoxId' } } } },
      },
    });
  });

  it('given a place of the bundle, when it is located, then file, line and pointer of the source come back', () => {
    const bundle = bundleSpec(new TinySpec().folder, 'spec');
    expect(bundle.locate('/components/schemas/Mood/enum')).toMatch(/^spec\/schemas\/bodies\.yaml:4 \(#\/Mood\/enum\)$/);
  });

  it('given a schema that is no component and contains itself, when the spec is bundled, then it is refused', () => {
    const spec = new TinySpec()
      .write('schemas/extra.yaml', 'Loop: { type: array, items: { $ref: "#/Loop" } }\n')
      .edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.loop = { description: 'x', $ref: './extra.yaml#/Loop' };
      });
    expect(() => bundleSpec(spec.folder, 'spec')).toThrow(/contains itself/);
  });

  it('given the same schema under two names, when the spec is bundled, then it is refused', () => {
    const spec = new TinySpec().edit('asyncapi.yaml', (d) => {
      d.components.schemas.BoxName = { $ref: './schemas/scalars.yaml#/BoxId' };
    });
    expect(() => bundleSpec(spec.folder, 'spec')).toThrow(/'BoxName' and 'BoxId' are the same schema/);
  });
});
