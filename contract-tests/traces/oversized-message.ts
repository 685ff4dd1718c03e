/** The oversized message, of which the recorder kept only the size; its thread and its length are known from later replies. */
export const oversized = {
  message_id: 'ad704a0d4dbf4d51be34ba9d268fb046',
  from_agent: 'raw',
  to_agent: 'acct_01m84cwvt8tt1rjh4hqxtgy0ta',
  payload: { x: 'x'.repeat(256_001) },
  sent_at: '2026-11-23T14:28:25.104489Z',
  kind: 'direct',
  schema_version: '1.1',
  from_account_id: 'acct_01m84cwv77gwa70dymrrcftp0s',
  to_account_id: 'acct_01m84cwvt8tt1rjh4hqxtgy0ta',
  from_session_tag: 'raw_sess',
  ttl_ms: 30_000,
  trace_id: 'ad704a0d4dbf4d51be34ba9d268fb046',
  thread_id: 'thread_ad704a0d4dbf4d51be34ba9d268fb046',
};
