import { matchSubject, operations, subjects } from '@agentnet/protocol';
import type { Frame } from './captured-frame.js';

export type Role =
  | 'rpc request'
  | 'rpc reply'
  | 'hello'
  | 'goodbye'
  | 'message'
  | 'message reply'
  | 'receipt'
  | 'other';

export interface RoledFrame<F extends Frame = Frame> {
  readonly frame: F;
  readonly role: Role;
  /** The request this frame answers, for both kinds of reply. */
  readonly request?: F;
}

const rpcSubjects = new Set<string>(
  Object.values(operations).flatMap((operation) =>
    'reply' in operation && operation.reply ? [operation.subject] : [],
  ),
);

/** Says what each frame of a trace is. Replies are recognised by the inbox their request named. */
export function assignRoles<F extends Frame>(frames: readonly F[]): readonly RoledFrame<F>[] {
  const requests = new Map<string, F>();
  return frames.map((frame) => {
    const request = requests.get(frame.subject);
    if (frame.reply !== undefined) requests.set(frame.reply, frame);
    if (!request) return { frame, role: roleOfSubject(frame.subject) };
    return { frame, request, role: rpcSubjects.has(request.subject) ? 'rpc reply' : 'message reply' };
  });
}

function roleOfSubject(subject: string): Role {
  if (rpcSubjects.has(subject)) return 'rpc request';
  if (subject === subjects.registryHello) return 'hello';
  if (subject === subjects.registryGoodbye) return 'goodbye';
  if (matchSubject.accountReceipts(subject)) return 'receipt';
  return matchSubject.accountInbox(subject) || matchSubject.capability(subject) ? 'message' : 'other';
}
