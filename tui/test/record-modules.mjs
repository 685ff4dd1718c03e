// Preloaded with --import: writes the address of every module a program loads to the file MODULES_FILE names.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

export function load(url, context, next) {
  appendFileSync(process.env.MODULES_FILE, `${url}\n`);
  return next(url, context);
}
