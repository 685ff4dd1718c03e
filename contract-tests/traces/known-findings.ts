import type { RuleId } from '@agentnet/protocol';

/** What the judge has to find in one recording of the protocol's first version, and the defect behind it. */
export interface KnownFinding {
  readonly rule: RuleId;
  /** Numbers of the frames that show it, finding by finding. */
  readonly frames: readonly (readonly number[])[];
  /** A defect of the first version, a deliberate difference from it, or something the recorder did on purpose. */
  readonly why: `D-${number}` | 'wrong types are refused' | 'made by the recorder';
}

const pairs = (...requests: readonly number[]): number[][] => requests.map((n) => [n, n + 1]);

/** By recording; recordings that are not named have nothing to find. */
export const findingsWithoutAuth: Readonly<Record<string, readonly KnownFinding[]>> = {
  '27-ttl-string': [{ rule: 'message.read.types', frames: pairs(95), why: 'wrong types are refused' }],
  '28-ttl-garbage': [{ rule: 'message.read.types', frames: pairs(100), why: 'wrong types are refused' }],
  '36-oversized-256001': [{ rule: 'message.size.reply', frames: [[133]], why: 'D-14' }],
  '37-undecodable': [{ rule: 'message.malformed', frames: [[136], [137], [138]], why: 'D-14' }],
  '38-ttl-overflow': [{ rule: 'inbox.ttl.overflow', frames: [[143]], why: 'D-17' }],
  '51-ttl-not-rechecked-at-dequeue': [{ rule: 'inbox.ttl.dequeue', frames: [[212, 215, 218]], why: 'D-45' }],
  '53-rate-limit-bypass-by-session-tag': [
    {
      rule: 'inbox.rate-limit.forged',
      frames: [[257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268]],
      why: 'D-41',
    },
  ],
  '60-thread_status': [
    { rule: 'rpc.types', frames: pairs(299), why: 'wrong types are refused' },
    { rule: 'thread.status.participants', frames: pairs(297, 299), why: 'D-30' },
  ],
  '61-thread_list': [{ rule: 'thread.status.participants', frames: pairs(308, 310, 314), why: 'D-30' }],
  '62-thread_messages-paging': [{ rule: 'history.payload', frames: pairs(316, 318, 320, 322), why: 'D-30' }],
  '63-thread_messages-bad-cursor': [
    { rule: 'rpc.types', frames: pairs(335, 337), why: 'wrong types are refused' },
    { rule: 'history.payload', frames: pairs(325, 327, 329, 331, 333, 335, 337), why: 'D-30' },
  ],
  '65-message_search': [{ rule: 'history.payload', frames: pairs(346, 356), why: 'D-30' }],
  '66-limits': [
    { rule: 'rpc.types', frames: pairs(378, 382, 386, 390), why: 'wrong types are refused' },
    { rule: 'discovery.search.limit-type', frames: pairs(380, 384, 388, 392), why: 'wrong types are refused' },
    { rule: 'rpc.answered', frames: [[398]], why: 'D-16' },
    { rule: 'history.payload', frames: pairs(358, 362, 366, 370, 374, 378, 382, 386, 390, 394), why: 'D-30' },
    { rule: 'discovery.types', frames: pairs(360, 364, 368, 372, 376, 380, 384, 388, 392, 396), why: 'D-30' },
  ],
  '67-profile': [{ rule: 'discovery.types', frames: pairs(402, 404), why: 'D-30' }],
  '68-search-profiles': [
    { rule: 'discovery.search.flag-type', frames: pairs(425), why: 'D-33' },
    { rule: 'discovery.types', frames: pairs(415, 417, 421, 423, 425), why: 'D-30' },
    { rule: 'discovery.search.match', frames: pairs(421, 423), why: 'D-33' },
  ],
  '71-malformed-rpc': [
    { rule: 'rpc.answered', frames: [446, 458, 464, 469, 474, 479, 485, 491, 496].map((n) => [n]), why: 'D-16' },
    { rule: 'discovery.types', frames: pairs(470), why: 'D-30' },
    { rule: 'thread.status.participants', frames: pairs(487), why: 'D-30' },
  ],
  '72-register-coercions': [
    { rule: 'identity.register.types', frames: pairs(508, 510, 512, 516, 518), why: 'wrong types are refused' },
    { rule: 'rpc.answered', frames: [[514]], why: 'D-16' },
    { rule: 'identity.ids.refused', frames: pairs(528, 530), why: 'D-02' },
  ],
  '82-session-restore': [{ rule: 'discovery.types', frames: pairs(551), why: 'D-30' }],
};

/** The same for a network with auth on. */
export const findingsWithAuth: Readonly<Record<string, readonly KnownFinding[]>> = {
  '38-msg-auth-not-object': [{ rule: 'message.sent.fields', frames: [[97]], why: 'made by the recorder' }],
  '40-msg-auth-payload-invalid': [{ rule: 'message.sent.fields', frames: [[103]], why: 'made by the recorder' }],
  '43-msg-no-from-account': [{ rule: 'message.sent.fields', frames: [[114]], why: 'made by the recorder' }],
  '47-same-msg-replayed-to-carol': [
    { rule: 'message.sent.target', frames: [[128]], why: 'made by the recorder' },
    { rule: 'auth.message.audience', frames: [[128, 131]], why: 'D-11' },
  ],
  '51-forged-receipt': [{ rule: 'receipt.fields', frames: [[136]], why: 'D-05' }],
  '52-forged-reply': [
    {
      rule: 'request.reply.shape',
      frames: [
        [137, 139],
        [139, 140],
      ],
      why: 'D-05',
    },
  ],
};
