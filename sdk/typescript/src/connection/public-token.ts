/** The token of the protocol's examples: everybody knows it, so it protects nothing. */
export const publicToken = 'agentnet_secret_token';

/** Whether a server other than this machine's is asked to trust the token everybody knows; `url` may be a list, by commas. */
export function exposesPublicToken(url: string): boolean {
  return url.split(',').some((one) => {
    const text = one.trim();
    const { username, password, hostname } = new URL(text.includes('://') ? text : `nats://${text}`);
    return [username, password].includes(publicToken) && !isLoopback(hostname);
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
