import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files, as servers and clients take them. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority of one test, whose certificates nobody else trusts. */
export interface CertificateAuthority extends AsyncDisposable {
  readonly caFile: string;
  /** A certificate for these host names and IPv4 addresses, good for servers and clients. */
  issue(...hosts: string[]): Promise<CertificateFiles>;
}

/** Makes an authority in a temporary folder, which it removes when it is disposed of. Node.js signs, but writes no certificates by itself. */
export async function certificateAuthority(): Promise<CertificateAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-ca-'));
  const issuer: Party = { name: `AgentNet test authority ${randomBytes(4).toString('hex')}`, ...newKeys() };
  const caFile = join(folder, 'ca.pem');
  const ofAuthority = [extension(oid.basicConstraints, sequence(boolean(true))), keyUsage(0b0000_0110)];
  await writeFile(caFile, certificate({ issuer, subject: issuer, extensions: ofAuthority }));
  let issued = 0;
  return {
    caFile,
    async issue(...hosts) {
      const number = ++issued;
      const subject: Party = { name: hosts[0] ?? 'nobody', ...newKeys() };
      const extensions = [keyUsage(0b1000_0000), extension(oid.subjectAltName, sequence(...hosts.map(hostName)))];
      const files = { certFile: join(folder, `${number}.pem`), keyFile: join(folder, `${number}.key`) };
      await writeFile(files.certFile, certificate({ issuer, subject, extensions }));
      await writeFile(files.keyFile, subject.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      return files;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface CertificateParts {
  readonly issuer: Party;
  readonly subject: Party;
  readonly extensions: readonly Buffer[];
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** X.509 version 3 in PEM, valid from yesterday for a month. RFC 5280, section 4.1. */
function certificate({ issuer, subject, extensions }: CertificateParts): string {
  const signatureAlgorithm = sequence(oid.ecdsaWithSha256);
  const day = 24 * 60 * 60 * 1000;
  const facts = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    signatureAlgorithm,
    nameOf(issuer),
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + 30 * day)),
    nameOf(subject),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        ...extensions,
        extension(oid.subjectKeyId, octets(keyId(subject)), false),
        extension(oid.authorityKeyId, sequence(der(0x80, keyId(issuer))), false),
      ),
    ),
  );
  const whole = sequence(facts, signatureAlgorithm, bits(sign('sha256', facts, issuer.privateKey)));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const tagged = (number: number, part: Buffer): Buffer => der(0xa0 | number, part);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
const octets = (bytes: Buffer): Buffer => der(0x04, bytes);
const bits = (bytes: Buffer, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

const oid = {
  ecdsaWithSha256: identifier('2a8648ce3d040302'),
  commonName: identifier('550403'),
  basicConstraints: identifier('551d13'),
  keyUsage: identifier('551d0f'),
  subjectAltName: identifier('551d11'),
  subjectKeyId: identifier('551d0e'),
  authorityKeyId: identifier('551d23'),
} as const;

const nameOf = ({ name }: Party): Buffer => sequence(der(0x31, sequence(oid.commonName, der(0x0c, Buffer.from(name)))));

const hostName = (host: string): Buffer =>
  isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'ascii'));

function utcTime(epochMs: number): Buffer {
  return der(
    0x17,
    Buffer.from(
      `${new Date(epochMs)
        .toISOString()
        .replace(/[-:T]|\..*/g, '')
        .slice(2)}Z`,
      'ascii',
    ),
  );
}

function extension(name: Buffer, value: Buffer, isCritical = name !== oid.subjectAltName): Buffer {
  return sequence(name, ...(isCritical ? [boolean(true)] : []), octets(value));
}

function keyUsage(mask: number): Buffer {
  const unused = 31 - Math.clz32(mask & -mask);
  return extension(oid.keyUsage, bits(Buffer.from([mask]), unused));
}

const keyId = ({ publicKey }: Party): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
