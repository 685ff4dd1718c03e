import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig, settings } from '../src/config.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const unitName = 'agentnet-registry@.service';
const unit = read(`deploy/systemd/${unitName}`);
const compose = parse(read('docker/compose.yaml'));
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** Variables of `KEY=value` lines. */
function variables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

test('given the settings the registry reads, when its README is searched, then each has a row in the table', () => {
  const table = read('registry/README.md');
  expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

test('given the compose file, when it is read, then the registry gets settings it knows and takes, and no secret is in it', () => {
  const { nats, registry, postgres } = compose.services;
  const environment: Record<string, string> = registry.environment;
  expect(Object.keys(environment).filter((name) => !settings.includes(name))).toEqual([]);
  const filled = Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{\w+\}/g, 'chosen')]);
  expect(resolveConfig(Object.fromEntries(filled))).toMatchObject({ database: { kind: 'postgres' } });
  expect(nats.command).toContain('--jetstream');
  expect(nats.command.at(-1)).toMatch(/^\$\{NATS_TOKEN:\?/);
  expect(postgres.environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  expect(Object.keys(variables(read('docker/.env.example')))).toEqual(['NATS_TOKEN', 'POSTGRES_PASSWORD']);
  expect(registry.build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile' });
});

test('given the container file, when it is read, then it sets what the registry knows and starts its program', () => {
  const file = read('docker/Dockerfile');
  const [, set = ''] = /^ENV (.*)$/m.exec(file) ?? [];
  const names = set.split(' ').map((pair) => pair.split('=')[0] ?? '');
  expect(names.filter((name) => name !== 'NODE_ENV' && !settings.includes(name))).toEqual([]);
  expect(file).toContain('CMD ["node", "registry/dist/main.js"]');
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
