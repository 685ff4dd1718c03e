import type { MetricsReply } from '@agentnet/protocol';

/** A registry's database and what it promises, in a few words. */
export function databaseText({
  store_enabled,
  store_durability,
}: Pick<MetricsReply, 'store_enabled' | 'store_durability'>): string {
  if (!store_enabled) return 'no';
  if (!store_durability) return 'yes';
  const { engine, version, fsync, synchronous_commit, full_page_writes } = store_durability;
  const onOff = (isOn: boolean) => (isOn ? 'on' : 'off');
  return [
    version === undefined ? engine : `${engine} ${version}`,
    `fsync ${onOff(fsync)}`,
    `synchronous_commit ${synchronous_commit}`,
    `full_page_writes ${onOff(full_page_writes)}`,
  ].join(', ');
}
