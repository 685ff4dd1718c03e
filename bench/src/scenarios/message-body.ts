/** A body of the size and shape of an AgentNet message, for the raw side: about 500 bytes. */
export function messageBody(fields: Record<string, unknown> = {}): Uint8Array {
  const id = crypto.randomUUID().replaceAll('-', '');
  const sentAt = new Date();
  return new TextEncoder().encode(
    JSON.stringify({
      message_id: id,
      from_agent: 'bench_client',
      to_agent: 'acct_01m84cwvt8tt1rjh4hqxtgy0ta',
      payload: { text: 'how are you?' },
      sent_at: sentAt.toISOString(),
      kind: 'direct',
      schema_version: '1.1',
      from_session_tag: 'registry_01M84CWV76P6K7WWQTJF20463G',
      from_account_id: 'acct_01m84cwv77gwa70dymrrcftp0s',
      to_account_id: 'acct_01m84cwvt8tt1rjh4hqxtgy0ta',
      ttl_ms: 30_000,
      expires_at: new Date(sentAt.getTime() + 30_000).toISOString(),
      trace_id: id,
      thread_id: `thread_${id}`,
      ...fields,
    }),
  );
}
