import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diff } from '../src/commands/diff.js';
import { compareProtocols } from '../src/diff/compare-protocols.js';
import { bundleSpec } from '../src/load/bundle.js';
import { RevisionError } from '../src/load/checkout-spec.js';
import { buildProtocol } from '../src/model/build-protocol.js';
import { type Document, TinySpec, tinySpecFolder } from './harness/tiny-spec.js';

type Edit = (document: Document) => void;

/** Changes between the tiny spec and its edited copy, as `EFFECT where: what`. */
function changesAfter(file: string, edit: Edit): string[] {
  const after = new TinySpec().edit(file, edit);
  const [old, fresh] = [tinySpecFolder, after.folder].map((folder) => buildProtocol(bundleSpec(folder, 'spec')));
  if (!old || !fresh) throw new Error('unreachable');
  return compareProtocols(old, fresh).map(({ effect, where, what }) => `${effect} ${where}: ${what}`);
}

const asyncapi = 'asyncapi.yaml';
const bodies = 'schemas/bodies.yaml';

const cases: { given: string; file: string; edit: Edit; expected: string[] }[] = [
  {
    given: 'a request gains an optional field',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.tone = { description: 'How.', type: 'string' };
    },
    expected: ['SAFE schemas/AskRequest/tone: a new optional field'],
  },
  {
    given: 'a request gains a required field',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.tone = { description: 'How.', type: 'string' };
      d.AskRequest.required.push('tone');
    },
    expected: ['WIRE schemas/AskRequest/tone: a new required field (what older peers send is refused)'],
  },
  {
    given: 'a request field becomes required',
    file: bodies,
    edit: (d) => d.AskRequest.required.push('limit'),
    expected: ['WIRE schemas/AskRequest/limit: is now required (what older peers send is refused)'],
  },
  {
    given: 'a request field may no longer be null',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.limit.type = 'integer';
    },
    expected: ['WIRE schemas/AskRequest/limit: may no longer be null (what older peers send is refused)'],
  },
  {
    given: 'a request text may be longer',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.question.maxLength = 32;
    },
    expected: ['SAFE schemas/AskRequest/question: maxLength was 16, is 32'],
  },
  {
    given: 'a request text must be shorter',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.question.maxLength = 8;
    },
    expected: ['WIRE schemas/AskRequest/question: maxLength was 16, is 8 (what older peers send is refused)'],
  },
  {
    given: 'a request loses a required field',
    file: bodies,
    edit: (d) => {
      delete d.AskRequest.properties.question;
      d.AskRequest.required = [];
    },
    expected: [
      'SOURCE schemas/AskRequest/question: the field is gone',
      'SAFE schemas/AskRequest/question: the required field is gone',
    ],
  },
  {
    given: 'a reply gains an optional field',
    file: bodies,
    edit: (d) => {
      d.AskReply.properties.tone = { description: 'How.', type: 'string' };
    },
    expected: ['SAFE schemas/AskReply/tone: a new optional field'],
  },
  {
    given: 'a reply loses a required field',
    file: bodies,
    edit: (d) => {
      delete d.AskReply.properties.mood;
      d.AskReply.required = ['answers'];
    },
    expected: ['WIRE schemas/AskReply/mood: the required field is gone (older peers refuse it)'],
  },
  {
    given: 'a reply field becomes optional',
    file: bodies,
    edit: (d) => d.AskReply.required.pop(),
    expected: ['WIRE schemas/AskReply/mood: is now optional (older peers refuse it)'],
  },
  {
    given: 'a reply gains a required field, which older registries do not send',
    file: bodies,
    edit: (d) => {
      d.AskReply.properties.tone = { description: 'How.', type: 'string' };
      d.AskReply.required.push('tone');
    },
    expected: ['WIRE schemas/AskReply/tone: a new required field (what older peers send is refused)'],
  },
  {
    given: 'an enum in a reply gains a value',
    file: bodies,
    edit: (d) => d.Mood.enum.push('angry'),
    expected: ['WIRE schemas/Mood: now also "angry" (older peers refuse it)'],
  },
  {
    given: 'a pattern in a request changes',
    file: 'schemas/scalars.yaml',
    edit: (d) => {
      d.BoxId.pattern = '^[a-z]{1,8}$';
    },
    expected: [
      'WIRE channels/notes/box_id: the grammar was ^[a-z0-9]{1,8}$, is ^[a-z]{1,8}$',
      'WIRE schemas/BoxId: pattern was ^[a-z0-9]{1,8}$, is ^[a-z]{1,8}$ (what older peers send is refused)',
    ],
  },
  {
    given: 'a union gains a member in a body that is read and written',
    file: bodies,
    edit: (d) => d.Drawing.oneOf.push({ $ref: '#/Ping' }),
    expected: ['WIRE schemas/Drawing: now also Ping (older peers refuse it)'],
  },
  {
    given: 'a schema is renamed',
    file: asyncapi,
    edit: (d) => {
      d.components.schemas.Temper = d.components.schemas.Mood;
      delete d.components.schemas.Mood;
    },
    expected: ['SOURCE schemas/Mood: is now called Temper', 'SOURCE schemas/AskReply/mood: was Mood, is Temper'],
  },
  {
    given: 'a description changes',
    file: bodies,
    edit: (d) => {
      d.AskRequest.description = 'Another.';
      d.AskRequest.properties.limit.description = 'Another.';
    },
    expected: [
      'DOC schemas/AskRequest/limit: the description changed',
      'DOC schemas/AskRequest: the description changed',
    ],
  },
  {
    given: 'a default changes',
    file: bodies,
    edit: (d) => {
      d.AskRequest.properties.limit.default = 4;
    },
    expected: ['WIRE schemas/AskRequest/limit: the default was 3, is 4 (the same request means something else)'],
  },
  {
    given: 'a subject moves',
    file: asyncapi,
    edit: (d) => {
      d.channels.ping.address = 'tiny.pong';
    },
    expected: ['WIRE channels/ping: the subject was tiny.ping, is tiny.pong'],
  },
  {
    given: 'an operation is removed with its subject',
    file: asyncapi,
    edit: (d) => {
      delete d.channels.ping;
      delete d.operations.ping;
    },
    expected: ['WIRE channels/ping: the subject tiny.ping is gone', 'WIRE operations/ping: is gone from tiny.ping'],
  },
  {
    given: 'an operation is renamed',
    file: asyncapi,
    edit: (d) => {
      d.operations.pong = d.operations.ping;
      delete d.operations.ping;
    },
    expected: ['SOURCE operations/ping: is now called pong'],
  },
  {
    given: 'a queue group is removed',
    file: asyncapi,
    edit: (d) => delete d.operations.receive_note.bindings,
    expected: ['WIRE operations/receive_note: the queue group was tiny-box-{box_id}, is none'],
  },
  {
    given: 'a channel is no longer recorded',
    file: asyncapi,
    edit: (d) => delete d.channels.notes['x-captured'],
    expected: ['WIRE channels/notes: is no longer recorded'],
  },
  {
    given: 'the exact text of a refusal changes',
    file: asyncapi,
    edit: (d) => {
      d.operations.ask_oracle['x-errors'][3].error = 'oracle_failed';
    },
    expected: ['WIRE operations/ask_oracle/errors/internal_error: the exact text was "ask_failed", is "oracle_failed"'],
  },
  {
    given: 'an operation gets another request schema of the same shape',
    file: asyncapi,
    edit: (d) => {
      d.components.schemas.Life = {
        description: 'x',
        type: 'object',
        required: ['box_id'],
        properties: { box_id: { description: 'The box.', $ref: './schemas/scalars.yaml#/BoxId' } },
      };
      d.components.messages.Ping.payload.$ref = '#/components/schemas/Life';
    },
    expected: ['SOURCE operations/ping/request: was Ping, is Life', 'SAFE schemas/Life: is new'],
  },
  {
    given: 'an error code is removed',
    file: 'error-codes.yaml',
    edit: (d) => delete d.busy,
    expected: ['SOURCE error-codes/busy: is gone'],
  },
  {
    given: 'the exact detail of an error code changes',
    file: 'error-codes.yaml',
    edit: (d) => {
      d.busy.detail = 'full';
    },
    expected: ['WIRE error-codes/busy: the exact text was {"detail":"box is full"}, is {"detail":"full"}'],
  },
  {
    given: 'a size limit and a time limit change',
    file: 'limits.yaml',
    edit: (d) => {
      d.replyMaxBytes.value = 8192;
      d.askTimeoutMs.value = 2000;
    },
    expected: ['WIRE limits/replyMaxBytes: was 4096, is 8192', 'SAFE limits/askTimeoutMs: was 1000, is 2000'],
  },
  {
    given: 'a request field becomes optional',
    file: bodies,
    edit: (d) => {
      d.AskRequest.required = [];
    },
    expected: [
      'SOURCE schemas/AskRequest/question: is now optional',
      'SAFE schemas/AskRequest/question: is now optional',
    ],
  },
  {
    given: 'an enum in a reply loses a value',
    file: bodies,
    edit: (d) => d.Mood.enum.pop(),
    expected: [`WIRE schemas/Mood: no longer "it's fine" (what older peers send is refused)`],
  },
  {
    given: 'a limit is removed',
    file: 'limits.yaml',
    edit: (d) => delete d.askTimeoutMs,
    expected: ['SOURCE limits/askTimeoutMs: is gone'],
  },
  {
    given: 'a rule is removed',
    file: 'rules.yaml',
    edit: (d) => d.shift(),
    expected: ['SOURCE rules/oracle.always-answers: is gone'],
  },
  {
    given: 'a field of a reply is described anew',
    file: bodies,
    edit: (d) => {
      d.AskReply.properties.mood.description = 'Changed.';
    },
    expected: ['DOC schemas/AskReply/mood: the description changed'],
  },
  {
    given: 'an error code is removed from an operation',
    file: asyncapi,
    edit: (d) => d.operations.ask_oracle['x-errors'].pop(),
    expected: ['SOURCE operations/ask_oracle/errors/internal_error: is gone'],
  },
  {
    given: 'a rule is reworded',
    file: 'rules.yaml',
    edit: (d) => {
      d[0].text = 'The oracle MUST NOT be silent.';
    },
    expected: ['DOC rules/oracle.always-answers: the text, level or cases changed'],
  },
];

describe('spec diff', () => {
  it.each(cases)('given that $given, when the specs are compared, then that is what is said', ({
    file,
    edit,
    expected,
  }) => {
    expect(changesAfter(file, edit)).toEqual(expected);
  });

  it('given the same spec twice, when it is compared, then nothing has changed', () => {
    expect(changesAfter(asyncapi, () => {})).toEqual([]);
  });

  it('given a revision, when the working tree breaks the wire, then diff fails unless it is allowed', async () => {
    const { folder, printed, run } = committedSpec();
    expect([await run(), printed.splice(0)]).toEqual([0, ['0 changes since HEAD, 0 breaking']]);
    folder.edit('error-codes.yaml', (d) => {
      d.busy.detail = 'full';
    });
    expect(await run()).toBe(1);
    expect(await run(true)).toBe(0);
    expect(printed[0]).toMatch(/^WIRE {4}error-codes\/busy: /);
  });

  it('given a name that is no revision, when diff runs, then it says so', async () => {
    const { folder } = committedSpec();
    await expect(diff({ specFolder: folder.folder, revision: 'v9', allow: false }, () => {})).rejects.toThrow(
      new RevisionError("git knows no revision 'v9'"),
    );
  });
});

/** The tiny spec in a git repository of its own, committed once. */
function committedSpec() {
  const folder = new TinySpec();
  const repository = dirname(folder.folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  const printed: string[] = [];
  const run = (allow = false) =>
    diff({ specFolder: folder.folder, revision: 'HEAD', allow }, (line) => printed.push(line));
  return { folder, printed, run };
}
