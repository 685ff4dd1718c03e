/** What is wrong with a configuration, where, and what to write instead. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
