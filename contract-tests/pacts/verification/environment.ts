/** For every process that loads Pact: it reports each use to its makers and sends local calls through a proxy otherwise. */
export const environment = {
  PACT_DO_NOT_TRACK: 'true',
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
} as const;
