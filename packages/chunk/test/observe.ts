import { toHex } from "@rtmp/testkit";
import { ChunkError, ChunkReader, type ChunkReaderOptions, type RtmpMessage } from "../src/index.ts";

/** One message as comparable text: `chunk stream/message stream type@timestamp payload`. */
export function describeMessage(message: RtmpMessage): string {
  const { chunkStreamId, messageStreamId, typeId, timestamp, payload } = message;
  return `${chunkStreamId}/${messageStreamId} ${typeId}@${timestamp} ${toHex(payload)}`;
}

/** Everything a reader says about the pieces, the error included, as text. Anything but a `ChunkError` escapes. */
export function observe(pieces: readonly Uint8Array[], options?: ChunkReaderOptions): string[] {
  const seen: string[] = [];
  const reader = new ChunkReader(options);
  try {
    for (const piece of pieces) {
      const reused = piece.slice();
      reader.push(reused, (message) => seen.push(describeMessage(message)));
      reused.fill(0xee);
    }
  } catch (error) {
    if (!(error instanceof ChunkError)) throw error;
    seen.push(`${error.code} at ${error.offset}`);
  }
  return seen;
}

/** The timestamps of the messages in `bytes`. */
export function timestampsOf(bytes: Uint8Array): number[] {
  return new ChunkReader().read(bytes).map((message) => message.timestamp);
}
