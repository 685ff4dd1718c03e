import type { HandlerContext, MessageHandler } from '../inbox/run-handler.js';
import type { ReceivedMessage } from '../received-message.js';
import { type ReceivedStream, StreamAssembler, type StreamAssemblerOptions } from './stream-assembler.js';

/** How streams are handled. */
export interface StreamHandlerOptions extends Omit<StreamAssemblerOptions, 'onStream'> {
  /** Handles every other message. @default they count as handled */
  otherwise?: MessageHandler;
  /** Hears what `onStream` throws or rejects with. @default console.error */
  onError?: (cause: unknown) => void;
}

/**
 * Makes a handler for `onMessage` that gives whole streams to `onStream`, once each, and other messages to `otherwise`.
 *
 * @example node.onMessage(streamHandler(async (stream) => { for await (const delta of stream) print(delta); }));
 */
export function streamHandler(
  onStream: (stream: ReceivedStream) => void | Promise<void>,
  { otherwise, onError = console.error, ...options }: StreamHandlerOptions = {},
): MessageHandler {
  const read = async (stream: ReceivedStream): Promise<void> => onStream(stream);
  const assembler = new StreamAssembler({ ...options, onStream: (stream) => void read(stream).catch(onError) });
  return (message: ReceivedMessage, context: HandlerContext) =>
    assembler.take(message) ? undefined : otherwise?.(message, context);
}
