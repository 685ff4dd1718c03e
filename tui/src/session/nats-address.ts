import { ProtocolError } from '@agentnet/protocol';

/** The protocol's well-known token. It is public, so it is only good on a loopback address. */
export const publicToken = 'agentnet_secret_token';

const defaultNatsUrl = 'nats://127.0.0.1:4222';

/**
 * The server a command talks to, or several separated by commas: the option, else NATS_URL, else this machine. A URL without credentials
 * gets the token of AGENTNET_TOKEN, and on a loopback address the public one, so that commands beside a plain `agentnet up` need no option.
 *
 * @throws {ProtocolError} `invalid_option`
 */
export function resolveNatsUrl(option: string | undefined, environment: NodeJS.ProcessEnv): string {
  return mapUrls(option ?? (environment['NATS_URL'] || defaultNatsUrl), (url) => {
    if (url.username === '') {
      url.username = environment['AGENTNET_TOKEN'] || (isLoopback(url.hostname) ? publicToken : '');
    }
  });
}

/** A URL as it may be shown: a token that is nobody's secret stays, so that the URL works when pasted; any other is left out. */
export function shownNatsUrl(natsUrl: string): string {
  return mapUrls(natsUrl, (url) => {
    if (url.username === publicToken && url.password === '') return;
    url.username = '';
    url.password = '';
  });
}

/** Whether all servers of an address are this machine. */
export function isOnThisMachine(natsUrl: string): boolean {
  return natsUrl.split(',').every((url) => isLoopback(new URL(url).hostname));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host) || host === '::1' || host === '[::1]';
}

function mapUrls(text: string, change: (url: URL) => void): string {
  return text
    .split(',')
    .map((one) => {
      const url = parseNatsUrl(one.trim());
      change(url);
      return url.href;
    })
    .join(',');
}

/** The text stays out of the message: it may hold a token. */
function parseNatsUrl(text: string): URL {
  const url = text.includes('://') ? text : `nats://${text}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && ['nats:', 'tls:'].includes(parsed.protocol) && parsed.hostname !== '') return parsed;
  throw new ProtocolError(
    'invalid_option',
    'the NATS address must be nats:// or tls://, then the token and @ where there is one, then host:port',
  );
}
