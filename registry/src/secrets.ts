import type { RegistryOptions } from './options.js';

/** Shorter ones would take ordinary words out of the log with them. */
const shortestSecret = 4;

/** The tokens and passwords in the options, in each form in which an error may quote them. */
export function secretsOf({ natsUrl, database }: Pick<RegistryOptions, 'natsUrl' | 'database'>): string[] {
  const nats = natsUrl.split(',').map((one) => (one.includes('://') ? one.trim() : `nats://${one.trim()}`));
  const found = nats.flatMap((url) => credentials(url, ['username', 'password']));
  if (database.kind === 'postgres') found.push(...credentials(database.url, ['password']));
  return [...new Set(found)].filter((secret) => secret.length >= shortestSecret);
}

/** The text without them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function credentials(url: string, parts: readonly ('username' | 'password')[]): string[] {
  if (!URL.canParse(url)) return [];
  const parsed = new URL(url);
  return parts.flatMap((part) => {
    const encoded = parsed[part];
    const plain = decoded(encoded);
    return [encoded, plain, JSON.stringify(plain).slice(1, -1)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
