/** Message type ids (RTMP 1.0 §5.4, §6.2, §7.1). */
export const MessageTypeId = {
  SetChunkSize: 1,
  Abort: 2,
  Acknowledgement: 3,
  UserControl: 4,
  WindowAcknowledgementSize: 5,
  SetPeerBandwidth: 6,
  Audio: 8,
  Video: 9,
  DataAmf3: 15,
  SharedObjectAmf3: 16,
  CommandAmf3: 17,
  DataAmf0: 18,
  SharedObjectAmf0: 19,
  CommandAmf0: 20,
  Aggregate: 22,
} as const;

/** One of the message type ids that this project knows by name. */
export type MessageTypeId = (typeof MessageTypeId)[keyof typeof MessageTypeId];

/** One whole RTMP message, free of chunk headers. */
export interface RtmpMessage {
  /** 2–65599. */
  readonly chunkStreamId: number;
  /** uint32; 0 is the connection itself. */
  readonly messageStreamId: number;
  /** 0–255; see `MessageTypeId`. Unknown types are passed on like any other. */
  readonly typeId: number;
  /** uint32 milliseconds; wraps after about 49.7 days. */
  readonly timestamp: number;
  /**
   * At most 0xFFFFFF bytes, which belong to this message alone. Its `buffer` may hold payloads of the same connection
   * beside them: copy the bytes, do not transfer the buffer.
   */
  readonly payload: Uint8Array;
}
