import { type ErrorCode, ProtocolError, RemoteRefusal } from '@agentnet/protocol';
import * as natsCore from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import {
  AgentNetError,
  RemoteError,
  TransportError,
  toAgentNetError,
  ValidationError,
} from '../../src/connection/index.js';

const expected: Readonly<Record<string, ErrorCode>> = {
  AuthorizationError: 'authorization_failed',
  ClosedConnectionError: 'connection_closed',
  ConnectionError: 'connect_failed',
  DrainingConnectionError: 'connection_closed',
  InvalidArgumentError: 'invalid_option',
  InvalidOperationError: 'connection_closed',
  InvalidSubjectError: 'invalid_subject_token',
  NoRespondersError: 'recipient_offline',
  PermissionViolationError: 'authorization_failed',
  ProtocolError: 'connection_closed',
  RequestError: 'connection_closed',
  TimeoutError: 'request_timeout',
  UserAuthenticationExpiredError: 'authorization_failed',
};

type ErrorClass = new (...args: unknown[]) => Error;
const exported = { ...natsCore.errors, ...natsCore } as unknown as Record<string, unknown>;
const errorClasses = Object.entries(exported).filter(
  (entry): entry is [string, ErrorClass] => typeof entry[1] === 'function' && entry[1].prototype instanceof Error,
);

describe('toAgentNetError', () => {
  it('given the NATS client, when its exported error classes are walked, then each has a code here', () => {
    expect(errorClasses.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
  });

  for (const [name, NatsError] of errorClasses) {
    it(`given a ${name}, when it is turned, then it becomes ${expected[name]} and keeps its cause`, () => {
      const cause = new NatsError('a subject');
      expect(toAgentNetError(cause)).toMatchObject({ code: expected[name], cause });
    });
  }

  it('given a request error caused by missing responders, when it is turned, then the subject decides the code', () => {
    const wrapped = (subject: string) =>
      new natsCore.RequestError('no responders', { cause: new natsCore.NoRespondersError(subject) });
    expect(toAgentNetError(wrapped('registry.search')).code).toBe('registry_unavailable');
    expect(toAgentNetError(wrapped('account.a.inbox')).code).toBe('recipient_offline');
  });

  it('given errors of the generated code, when they are turned, then the class tells the origin', () => {
    expect(toAgentNetError(new RemoteRefusal('not_found', 'not_found', 'nobody'))).toBeInstanceOf(RemoteError);
    expect(toAgentNetError(new ProtocolError('bad_request', 'x'))).toBeInstanceOf(ValidationError);
    expect(toAgentNetError(new ProtocolError('request_timeout', 'x'))).toBeInstanceOf(TransportError);
    expect(toAgentNetError(new ProtocolError('busy', 'x'))).toBeInstanceOf(RemoteError);
  });

  it('given one of ours, when it is turned, then it stays the same; and anything else is kept as cause', () => {
    const own = new AgentNetError('busy', 'x');
    expect(toAgentNetError(own)).toBe(own);
    expect(toAgentNetError('odd')).toMatchObject({ code: 'connection_closed', cause: 'odd' });
  });
});
