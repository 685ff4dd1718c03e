import { describe, expect, it } from 'vitest';
import { loadSpec } from '../src/load-spec.js';
import { type Document, TinySpec } from './harness/tiny-spec.js';

/** Edits of a correct spec, and the finding each must cause: the place, then the complaint. */
const broken: { given: string; edit: (spec: TinySpec) => void; finding: [where: RegExp, what: RegExp] }[] = [
  {
    given: 'an address with an undeclared parameter',
    edit: (spec) => asyncapi(spec, (d) => delete d.channels.notes.parameters.topic),
    finding: [/asyncapi\.yaml:\d+ \(#\/channels\/notes\/address\)/, /the parameter \{topic\} is not declared/],
  },
  {
    given: 'a declared parameter that the address lacks',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.ping.parameters = { box_id: { description: 'x', 'x-schema': 'BoxId' } };
      }),
    finding: [/#\/channels\/ping\/parameters\/box_id/, /the address has no \{box_id\}/],
  },
  {
    given: 'a parameter whose grammar accepts a dot',
    edit: (spec) =>
      spec.edit('schemas/scalars.yaml', (d) => {
        d.BoxId.pattern = '^[a-z0-9.]{1,8}$';
      }),
    finding: [/#\/channels\/notes\/parameters\/box_id\/x-schema/, /the pattern of 'BoxId' accepts .*"\."/],
  },
  {
    given: 'a grammar without an end',
    edit: (spec) =>
      spec.edit('schemas/scalars.yaml', (d) => {
        d.Topic.pattern = '^[a-z]+';
      }),
    finding: [/#\/channels\/notes\/parameters\/topic\/x-schema/, /accepts .*"a\\n"/],
  },
  {
    given: 'a parameter of several tokens in the middle',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.notes.address = 'tiny.{topic}.notes.{box_id}';
      }),
    finding: [/parameters\/topic/, /several tokens is not the last token/],
  },
  {
    given: 'a parameter that names a schema without a pattern',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.notes.parameters.box_id['x-schema'] = 'Note';
      }),
    finding: [/x-schema/, /'Note' is no component schema with a pattern/],
  },
  {
    given: 'two channels with one address',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.ping.address = 'tiny.ask';
      }),
    finding: [/#\/channels\/ping\/address/, /the same as that of 'ask'/],
  },
  {
    given: 'an address that is no subject',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.ping.address = 'tiny.ping.*';
      }),
    finding: [/#\/channels\/ping\/address/, /is not a NATS subject/],
  },
  {
    given: 'a queue group on a channel',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.ping.bindings = { nats: { queue: 'x' } };
      }),
    finding: [/#\/channels\/ping/, /'bindings' means nothing here/],
  },
  {
    given: 'a misspelt extension',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.notes['x-captued'] = true;
      }),
    finding: [/#\/channels\/notes/, /'x-captued' means nothing here/],
  },
  {
    given: 'a reply message of another channel',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.operations.ask_oracle.reply.messages[0].$ref = '#/channels/ping/messages/ping';
      }),
    finding: [/reply\/messages\/0/, /is not a message of #\/channels\/askReply/],
  },
  {
    given: 'a reply channel with an address',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.channels.askReply.address = 'tiny.answers';
      }),
    finding: [/ask_oracle\/reply\/channel/, /the reply channel of an rpc has an address/],
  },
  {
    given: 'a success reply with a field error',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.AskReply.properties.error = { description: 'Oops.', type: 'string' };
      }),
    finding: [/reply\/messages\/0/, /the success reply has a field `error`/],
  },
  {
    given: 'an rpc without a queue group',
    edit: (spec) => asyncapi(spec, (d) => delete d.operations.ask_oracle.bindings),
    finding: [/#\/operations\/ask_oracle\)/, /without a queue group/],
  },
  {
    given: 'a queue group with a foreign parameter',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.operations.receive_note.bindings.nats.queue = 'tiny-{room}';
      }),
    finding: [/receive_note\/bindings\/nats\/queue/, /no parameter \{room\}/],
  },
  {
    given: 'an rpc without a timeout',
    edit: (spec) => asyncapi(spec, (d) => delete d.operations.ask_oracle['x-timeout']),
    finding: [/ask_oracle\)/, /without x-timeout/],
  },
  {
    given: 'a timeout that is no limit in milliseconds',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.operations.ask_oracle['x-timeout'] = 'replyMaxBytes';
      }),
    finding: [/x-timeout/, /'replyMaxBytes' is in bytes/],
  },
  {
    given: 'an error code that does not exist',
    edit: (spec) => asyncapi(spec, (d) => d.operations.ask_oracle['x-errors'].push({ code: 'no_such', error: 'x' })),
    finding: [/x-errors\/4\/code/, /there is no error code 'no_such'/],
  },
  {
    given: 'a required-field text for a field the request does not require',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.operations.ask_oracle['x-errors'][1].field = 'limit';
      }),
    finding: [/x-errors\/1\/field/, /does not require the field 'limit'/],
  },
  {
    given: 'an rpc without a text for internal_error',
    edit: (spec) => asyncapi(spec, (d) => d.operations.ask_oracle['x-errors'].pop()),
    finding: [/ask_oracle\/x-errors/, /the text for 'internal_error' is missing/],
  },
  {
    given: 'an error code without a description',
    edit: (spec) => spec.edit('error-codes.yaml', (d) => delete d.busy.text),
    finding: [/error-codes\.yaml:\d+ \(#\/busy\)/, /'text' is missing/],
  },
  {
    given: 'a limit without a unit',
    edit: (spec) => spec.edit('limits.yaml', (d) => delete d.replyMaxBytes.unit),
    finding: [/limits\.yaml:\d+ \(#\/replyMaxBytes\)/, /'unit' is missing/],
  },
  {
    given: 'a number that differs from its limit',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.AskRequest.properties.question.maxLength = 17;
      }),
    finding: [/bodies\.yaml:\d+ .*x-limit\/maxLength/, /`maxLength` is 17, but 'questionMaxLength' is 16/],
  },
  {
    given: 'a number that names no limit',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.AskRequest.properties.question['x-limit'].maxLength = 'nope';
      }),
    finding: [/x-limit\/maxLength/, /there is no limit 'nope'/],
  },
  {
    given: 'a rule id that is used twice',
    edit: (spec) => spec.edit('rules.yaml', (d) => d.push(d[0])),
    finding: [/rules\.yaml:\d+ \(#\/1\/id\)/, /is used twice/],
  },
  {
    given: 'a rule that requires nothing',
    edit: (spec) =>
      spec.edit('rules.yaml', (d) => {
        d[0].text = 'The oracle answers.';
      }),
    finding: [/rules\.yaml/, /requires nothing/],
  },
  {
    given: 'a text that cites an unknown rule',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d.operations.ping.description = 'As rule `ping.never` says.';
      }),
    finding: [/#\/operations\/ping\/description/, /there is no rule 'ping\.never'/],
  },
  ...(['allOf', 'anyOf', 'not', 'if', 'patternProperties', 'nullable', 'format', 'multipleOf', 'x-limt'] as const).map(
    (keyword) => ({
      given: `the keyword ${keyword}`,
      edit: (spec: TinySpec) =>
        spec.edit('schemas/bodies.yaml', (d) => {
          d.Ping[keyword] = keyword === 'allOf' || keyword === 'anyOf' ? [{}] : keyword === 'format' ? 'uuid' : {};
        }),
      finding: [/bodies\.yaml:\d+ \(#\/Ping/, new RegExp(`the keyword \`${keyword}\` cannot be expressed`)] as [
        RegExp,
        RegExp,
      ],
    }),
  ),
  {
    given: 'an object without a name',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.box = { description: 'x', type: 'object', properties: {} };
      }),
    finding: [/#\/Ping\/properties\/box/, /an object without a name/],
  },
  {
    given: 'an enum without a name',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.mood = { description: 'x', type: 'string', enum: ['a'] };
      }),
    finding: [/#\/Ping\/properties\/mood/, /an enum without a name/],
  },
  {
    given: 'a field without a description',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.mood = { type: 'string' };
      }),
    finding: [/#\/Ping\/properties\/mood/, /the field 'mood' has no description/],
  },
  {
    given: 'a required field that is not declared',
    edit: (spec) => spec.edit('schemas/bodies.yaml', (d) => d.Ping.required.push('gone')),
    finding: [/#\/Ping\/required/, /the required field 'gone' is not among the properties/],
  },
  {
    given: 'a union branch without the constant',
    edit: (spec) => spec.edit('schemas/bodies.yaml', (d) => d.Circle.required.splice(0, 1)),
    finding: [/#\/Drawing\/oneOf/, /'Circle' does not require a constant 'type'/],
  },
  {
    given: 'two union branches with one constant',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Square.properties.type.const = 'circle';
      }),
    finding: [/#\/Drawing\/oneOf/, /'Square' has the same 'type'/],
  },
  {
    given: 'a union without a discriminator',
    edit: (spec) => spec.edit('schemas/bodies.yaml', (d) => delete d.Drawing.discriminator),
    finding: [/#\/Drawing/, /oneOf without `discriminator`/],
  },
  {
    given: 'a default that breaks the schema',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.AskRequest.properties.limit.default = 'three';
        delete d.AskRequest.properties.limit['x-limit'];
      }),
    finding: [/properties\/limit\/default/, /it breaks the schema/],
  },
  {
    given: 'a pattern that is no regular expression',
    edit: (spec) =>
      spec.edit('schemas/scalars.yaml', (d) => {
        d.Topic.pattern = '^[a-z';
      }),
    finding: [/#\/Topic\/pattern/, /no regular expression/],
  },
  {
    given: 'a valid example that is refused',
    edit: (spec) => spec.write('examples/Ping/valid-odd.json', '{"box_id":"NOPE"}'),
    finding: [/^spec\/examples\/Ping\/valid-odd\.json/, /it is refused/],
  },
  {
    given: 'an invalid example that is accepted',
    edit: (spec) => spec.write('examples/Ping/invalid-fine.json', '{"box_id":"box1"}'),
    finding: [/invalid-fine\.json/, /it is accepted/],
  },
  {
    given: 'an example folder that names no schema',
    edit: (spec) => spec.write('examples/Pong/valid-x.json', '{}'),
    finding: [/examples\/Pong\/valid-x\.json/, /there is no schema 'Pong'/],
  },
  {
    given: 'an example that is no JSON',
    edit: (spec) => spec.write('examples/Ping/valid-odd.json', '{'),
    finding: [/valid-odd\.json/, /the file is not JSON/],
  },
  {
    given: 'an example whose name gives no verdict',
    edit: (spec) => spec.write('examples/Ping/odd.json', '{}'),
    finding: [/odd\.json/, /neither valid nor invalid/],
  },
  {
    given: 'a message body without an invalid example',
    edit: (spec) => spec.remove('examples/Ping/invalid-space.json'),
    finding: [/#\/Ping\)/, /'Ping' has no invalid example/],
  },
  {
    given: 'a reference that leads nowhere',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.box_id.$ref = './scalars.yaml#/Gone';
      }),
    finding: [/bodies\.yaml:\d+ \(#\/Ping\/properties\/box_id\)/, /\$ref '\.\/scalars\.yaml#\/Gone' leads nowhere/],
  },
  {
    given: 'a reference to a missing file',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.Ping.properties.box_id.$ref = './gone.yaml#/X';
      }),
    finding: [/spec\/schemas\/gone\.yaml/, /cannot be read \(ENOENT\)/],
  },
  {
    given: 'a file that is not YAML',
    edit: (spec) => spec.write('limits.yaml', 'a: [1\nb: 2'),
    finding: [/spec\/limits\.yaml:\d+/, /./],
  },
  {
    given: 'a tool without a schema for its arguments',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d['x-tools'].ask_oracle.arguments = 'Nothing';
      }),
    finding: [/#\/x-tools\/ask_oracle\/arguments/, /there is no schema 'Nothing'/],
  },
  {
    given: 'a tool that lets misspelt arguments through',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d['x-tools'].ask_oracle.arguments = 'AskRequest';
      }),
    finding: [/#\/x-tools\/ask_oracle\/arguments/, /'AskRequest' is no closed object/],
  },
  {
    given: 'a tool of an unknown operation',
    edit: (spec) =>
      asyncapi(spec, (d) => {
        d['x-tools'].ask_oracle.operation = 'ask_pythia';
      }),
    finding: [/#\/x-tools\/ask_oracle\/operation/, /there is no operation 'ask_pythia'/],
  },
  {
    given: 'an argument that the operation has no field for',
    edit: (spec) =>
      spec.edit('schemas/bodies.yaml', (d) => {
        d.AskArguments.properties.mood = { description: 'x', type: 'string' };
      }),
    finding: [/#\/x-tools\/ask_oracle\/operation/, /the argument 'mood' is no field of 'AskRequest'/],
  },
];

function asyncapi(spec: TinySpec, change: (document: Document) => void): TinySpec {
  return spec.edit('asyncapi.yaml', change);
}

describe('lint', () => {
  it('given the correct spec, when it is checked, then there is no finding', () => {
    expect(new TinySpec().findings()).toEqual([]);
  });

  it.each(broken)('given $given, when the spec is checked, then a finding says where and what', ({ edit, finding }) => {
    const spec = new TinySpec();
    edit(spec);
    const [where, what] = finding;
    const findings = spec.findings();
    expect(findings.filter((text) => where.test(text) && what.test(text)).length, findings.join('\n')).toBeGreaterThan(
      0,
    );
  });

  it('given three mistakes, when the spec is checked, then all three are reported at once', () => {
    const spec = new TinySpec()
      .edit('rules.yaml', (d) => d.push(d[0]))
      .edit('limits.yaml', (d) => {
        d.questionMaxLength.value = 15;
      })
      .write('examples/Pong/valid-x.json', '{}');
    expect(spec.findings().length).toBe(3);
  });

  it('given a mistake that only the AsyncAPI parser knows, when the spec is loaded, then it is a finding with its place', async () => {
    const spec = new TinySpec().edit('asyncapi.yaml', (d) => {
      d.components.securitySchemes = { token: { type: 'magic' } };
    });
    await expect(loadSpec(spec.folder)).rejects.toThrow(/spec\/asyncapi\.yaml:\d+ \(#\/components\/securitySchemes/);
  });
});
