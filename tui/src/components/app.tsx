import { useInput } from 'ink';
import { type ReactElement, useSyncExternalStore } from 'react';
import type { Model } from '../full-screen/model.js';
import { frameLines } from '../screens/frame-lines.js';
import { Paint } from './paint.js';

/** The whole screen. All keys go to the model, which is never stale; nothing else listens to the keyboard. */
export function App({ model, isColoured }: { model: Model; isColoured: boolean }): ReactElement {
  const state = useSyncExternalStore(model.subscribe, model.snapshot);
  useInput(model.key);
  return <Paint lines={frameLines(state)} isColoured={isColoured} />;
}
