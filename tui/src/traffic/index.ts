export { type Conversation, elapsedMs, type HeardStream, isSettled } from './conversation.js';
export { filterableConversation, filterableEvent, namesOf, type UsernameOf } from './filterable.js';
export { foldTraffic } from './fold-traffic.js';
export { ingest } from './ingest.js';
export { cutText, keptJsonLength, keptTextLength, payloadText } from './payload-text.js';
export type { MessageEvent, OtherEvent, Party, ReceiptEvent, StreamPart, TrafficEvent } from './traffic-event.js';
export {
  emptyTraffic,
  messageRate,
  type SecondOfTraffic,
  type TrafficBounds,
  type TrafficState,
  type TrafficTotals,
} from './traffic-state.js';
export { type Channel, decodeFrame, type OverheardFrame, type WireFrame } from './wire-frame.js';
