import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig, settings } from '../src/config.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const unitName = 'agentnet-registry@.service';
const unit = read(`deploy/systemd/${unitName}`);
const compose: { services: Record<string, Service>; volumes: object } = parse(read('docker/compose.yaml'), {
  merge: true,
});
const dockerfile = read('docker/Dockerfile');
/** The program that reads compose files, as a plugin of docker or by itself. */
const composeCommand = [['docker', 'compose'], ['docker-compose']].find(
  ([program = '', ...args]) => spawnSync(program, [...args, 'version']).status === 0,
);
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

interface Service {
  readonly image: string;
  readonly build?: object;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart: string;
}

const registries = ['registry-1', 'registry-2'];

function serviceOf(name: string): Service {
  const service = compose.services[name];
  if (!service) throw new Error(`the compose file has no service ${name}`);
  return service;
}

/** Variables of `KEY=value` lines. */
function variables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

test('given the settings the registry reads, when its README is searched, then each has a row in the table', () => {
  const table = read('registry/README.md');
  expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

test.each(registries)('given the compose file, when %s is read, then it gets settings it knows and takes', (name) => {
  const { environment = {}, build, ...service } = serviceOf(name);
  expect(Object.keys(environment).filter((setting) => !settings.includes(setting))).toEqual([]);
  const filled = Object.entries(environment).map(([setting, value]) => [
    setting,
    value.replace(/\$\{\w+:-(.*?)\}/g, '$1').replace(/\$\{.*?\}/g, 'chosen'),
  ]);
  expect(resolveConfig(Object.fromEntries(filled))).toMatchObject({ database: { kind: 'postgres' }, serverId: name });
  expect(build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile' });
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

test('given the compose file, when its secrets are looked for, then each is required from the environment and none is in it', () => {
  const taken = [...read('docker/compose.yaml').matchAll(/\$\{(\w+)([^}]*)\}/g)];
  const secrets = taken.filter(([, name = '']) => !settings.includes(name));
  expect(secrets.map(([, , rule]) => rule?.slice(0, 2))).toEqual(secrets.map(() => ':?'));
  expect([...new Set(secrets.map(([, name]) => name))]).toEqual(['NATS_TOKEN', 'POSTGRES_PASSWORD']);
  expect(variables(read('docker/.env.example'))).toEqual({ NATS_TOKEN: '', POSTGRES_PASSWORD: '' });
  expect(serviceOf('nats').command).toContain('--jetstream');
});

describe.skipIf(!composeCommand)('docker compose, without an engine', () => {
  function config(environment: NodeJS.ProcessEnv) {
    const [program = '', ...args] = composeCommand ?? [];
    const file = join(root, 'docker/compose.yaml');
    // Whoever works here may have filled in docker/.env.
    const none = join(root, 'docker/.env.example');
    const { NATS_TOKEN: _token, POSTGRES_PASSWORD: _password, ...inherited } = process.env;
    const env = { ...inherited, ...environment };
    return spawnSync(program, [...args, '--env-file', none, '-f', file, 'config'], { env, encoding: 'utf8' });
  }

  test.each([
    ['NATS_TOKEN', 'choose a token in .env'],
    ['POSTGRES_PASSWORD', 'choose a password in .env'],
  ])('given no %s, when the file is read, then it is refused with the remedy', (missing, remedy) => {
    const { status, stderr } = config({ NATS_TOKEN: 'chosen', POSTGRES_PASSWORD: 'chosen', [missing]: '' });
    expect([status === 0, stderr]).toEqual([false, expect.stringContaining(remedy)]);
  });

  test('given both secrets, when the file is read, then each service has what it needs and the secrets their places', () => {
    const { status, stdout, stderr } = config({ NATS_TOKEN: 't0ken', POSTGRES_PASSWORD: 'passw0rd', DEV_AUTH: 'true' });
    expect([status, stderr]).toEqual([0, '']);
    const { services } = parse(stdout) as { services: Record<string, Service> };
    expect(Object.keys(services).sort()).toEqual(Object.keys(compose.services).sort());
    expect(services['nats']?.command).toEqual(expect.arrayContaining(['--jetstream', 't0ken']));
    for (const name of registries)
      expect(services[name]?.environment).toMatchObject({
        NATS_URL: 'nats://t0ken@nats:4222',
        DEV_AUTH: 'true',
        DATABASE_URL: 'postgres://agentnet:passw0rd@postgres:5432/agentnet',
      });
  });
});

test.each(
  Object.keys(compose.services),
)('given the compose file, when %s is read, then it is pinned, comes back, is reached from this machine only and waits for what is healthy', (name) => {
  const { image, build, restart, ports = [], volumes = [], depends_on = {} } = serviceOf(name);
  if (!build) expect(image).toMatch(/^[a-z]+:\d+(\.\d+)?-alpine$/);
  expect(restart).toBe('unless-stopped');
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(volumes.map((volume) => volume.split(':')[0])));
  for (const [other, { condition }] of Object.entries(depends_on)) {
    expect([condition, typeof serviceOf(other).healthcheck]).toEqual(['service_healthy', 'object']);
  }
});

test('given the container file, when it is read, then it sets what the registry knows and starts its program', () => {
  const [, set = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
  const names = set.split(' ').map((pair) => pair.split('=')[0] ?? '');
  expect(names.filter((name) => name !== 'NODE_ENV' && !settings.includes(name))).toEqual([]);
  expect(dockerfile).toContain('CMD ["node", "registry/dist/main.js"]');
});

test('given the container file, when the rules of good ones are applied, then none is broken', () => {
  const lines = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const known = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|CMD) /;
  expect(lines.filter((line) => !known.test(line))).toEqual([]);
  const stages = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' '));
  const named = stages.map(([, , , name]) => name);
  const bases = stages.map(([, base = '']) => base).filter((base) => !named.includes(base));
  expect(
    bases.filter((base) => !/^node:\d+-[a-z]+-slim$/.test(base)),
    'bases are pinned and small',
  ).toEqual([]);
  expect(lines.filter((line) => /\bsudo\b|npm (install|i)\b|:latest|curl|wget/.test(line))).toEqual([]);
  expect(
    lines.filter((line) => /^(ENV|ARG) .*(TOKEN|PASSWORD|SECRET|KEY)/.test(line)),
    'no secret is built in',
  ).toEqual([]);
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  expect(final.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  expect(
    final.filter((line) => /^RUN .*npm/.test(line)),
    'nothing is installed into the image that runs',
  ).toEqual([]);
  expect(final.at(-1)).toMatch(/^CMD \[".*"\]$/);
});

test('given the unit and its settings, when they are read, then the registry knows each and bad configuration is not retried', () => {
  const environment = {
    ...variables(unit.replaceAll('Environment=', '')),
    ...variables(read('deploy/systemd/registry.env')),
  };
  const names = Object.keys(environment).filter((name) => /^[A-Z]+_[A-Z_]+$/.test(name));
  expect(names.filter((name) => !settings.includes(name))).toEqual([]);
  const values = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace(/%i/, '1').replace(/[<>]/g, '')]),
  );
  expect(resolveConfig(values)).toMatchObject({ serverId: 'registry-1' });
  expect(unit).toContain('RestartPreventExitStatus=2\n');
});

test.skipIf(!hasSystemd)('given the unit, when systemd checks it, then it has nothing to say about it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-unit-'));
  const file = join(folder, unitName.replace('@', '@1'));
  writeFileSync(file, unit);
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  expect(stderr.split('\n').filter((line) => line.includes('agentnet-registry'))).toEqual([]);
});
