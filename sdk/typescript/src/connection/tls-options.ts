import { accessSync, constants } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { ValidationError } from '../errors.js';
import { optionNames, requireKnown, requireText } from '../require-option.js';

/** Files that TLS needs where the machine's own authorities do not do. They count for `tls://` URLs; PEM, read anew at each connect. */
export interface TlsOptions {
  /** Authorities that may have signed the server's certificate. @default NATS_CA, else those of Node.js */
  caFile?: string;
  /** This client's certificate, for servers that verify clients; needs `keyFile`. @default NATS_CERT */
  certFile?: string;
  /** The private key of `certFile`. @default NATS_KEY */
  keyFile?: string;
}

const known = optionNames<TlsOptions>({ caFile: true, certFile: true, keyFile: true });
const variables = { caFile: 'NATS_CA', certFile: 'NATS_CERT', keyFile: 'NATS_KEY' } as const;

/**
 * The files that are named, each of which can be read. An empty variable counts as unset.
 *
 * @throws {ValidationError} `invalid_option`
 */
export function resolveTlsFiles(
  options: TlsOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): TlsOptions {
  requireKnown('tls', options, known);
  const files: TlsOptions = {};
  for (const option of ['caFile', 'certFile', 'keyFile'] as const) {
    const path = options[option] ?? (environment[variables[option]] || undefined);
    if (path === undefined) continue;
    const name = `tls.${option} (${variables[option]})`;
    requireText(name, path);
    requireReadable(name, path);
    files[option] = path;
  }
  if ((files.certFile === undefined) !== (files.keyFile === undefined))
    throw new ValidationError('invalid_option', 'tls.certFile (NATS_CERT) and tls.keyFile (NATS_KEY) need each other');
  return files;
}

function requireReadable(name: string, path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new ValidationError('invalid_option', `${name} must be a file that can be read, got ${path}`, { cause });
  }
}

/**
 * Whether a certificate is for one of the addresses the caller named. The NATS client looks for `localhost` where a server is named by
 * its IP address, which would take the wrong certificates and refuse the right ones.
 */
export function certificateCheck(hosts: readonly string[]): typeof checkServerIdentity {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (name, certificate) => {
    if (name !== 'localhost' || hosts.includes(name) || addresses.length === 0)
      return checkServerIdentity(name, certificate);
    const verdicts = addresses.map((address) => checkServerIdentity(address, certificate));
    return verdicts.includes(undefined) ? undefined : verdicts[0];
  };
}
