import { type ErrorCode, errorCodes } from '@agentnet/protocol';

const remedies: Partial<Record<ErrorCode, string>> = {
  invalid_option: 'See the options and examples with --help.',
  invalid_payload: 'Quote JSON for the shell, for example \'{"text":"hello"}\' or \'"hello"\'.',
  connect_failed: 'Start a network with `agentnet up`, or name a running server with --nats-url or NATS_URL.',
  authorization_failed: 'Put the token into the URL, nats://<token>@host:port, or into AGENTNET_TOKEN.',
  registry_unavailable: 'A NATS server runs there, but no registry; `agentnet up` starts both.',
  not_found: 'See who is there with `agentnet list` or `agentnet search`.',
  recipient_offline: 'See who is online with `agentnet list`.',
  request_timeout: 'Allow more time with --timeout, or see with `agentnet list` whether the agent is online.',
  delivery_ack_timeout: 'See with `agentnet list` whether the agent is online, or send without waiting: --no-ack.',
  nats_server_missing:
    'Install it (Debian, Ubuntu: apt install nats-server; macOS: brew install nats-server; Go: go install github.com/nats-io/nats-server/v2@latest) or name a running server with --nats-url.',
  port_in_use: 'Take another port with --port, 0 for any free one, or use the server that runs there with --nats-url.',
  data_dir_locked: 'Stop the other `agentnet up`, or take another folder with --data-dir.',
  history_unavailable: 'Restart that server with -js.',
  database_unavailable:
    'Check --database-url and that the database is up, or leave the option away to use the built-in one.',
  cancelled: 'Nothing to do: you stopped it.',
};

/** What a person can do about a failure. */
export function remedyFor(code: ErrorCode): string {
  return remedies[code] ?? errorCodes[code].text;
}
