import { type ErrorCode, operations } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { rpcNames } from '../../harness/index.js';
import { readPact } from '../verification/pact-file.js';
import { operationFiles } from './interactions.js';

const files = new Map(operationFiles().map((file) => [file.operation, file]));

describe('what is relied on in a registry', () => {
  it.each(
    rpcNames,
  )('given the operation %s, when its interactions are read, then they have an answer and every code once', (name) => {
    const { answers = [], refusals = [], untold = {} } = files.get(name) ?? {};
    const told = refusals.map(({ code }) => code);
    expect([...told, ...(Object.keys(untold) as ErrorCode[])].sort()).toEqual(
      Object.keys(operations[name].errors).sort(),
    );
    expect(answers).not.toEqual([]);
  });

  it('given both SDKs, when their pacts are compared, then they rely on the same', () => {
    const [typescript, python] = ['typescript-sdk', 'python-sdk'].map((consumer) =>
      readPact(new URL(`../${consumer}-registry.json`, import.meta.url)).interactions.map(
        ({ description }) => description,
      ),
    );
    expect(python?.toSorted()).toEqual(typescript?.toSorted());
  });
});
