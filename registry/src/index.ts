export { deprecatedSettings, resolveConfig } from './config.js';
export type { HistoryCapture, LogLevel, RegistryConfig, RegistryOptions } from './options.js';
export { startRegistry } from './service.js';
export type { DatabaseOptions } from './store/database.js';
export { type FolderLock, lockFolder } from './store/folder-lock.js';
export type { RunningRegistry } from './supervise.js';
