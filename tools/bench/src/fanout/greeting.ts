import { encode } from "@rtmp/amf0";
import { encodeMessage, MessageTypeId } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat, hex } from "@rtmp/testkit";

const CHUNK_SIZE = 65_536;

/** All that a client says before media flows, in one go: it does not wait for answers. */
export function greeting(commandName: "publish" | "play", streamKey: string): Uint8Array {
  return concat(
    hex("03"),
    new Uint8Array(3072),
    hex("02 000000 000004 01 00000000 00010000"), // Set Chunk Size
    command(0, encode("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" })),
    command(0, encode("createStream", 2, null)),
    command(1, encode(commandName, 3, null, streamKey, "live")),
  );
}

/** A media message as it is on the wire. */
export function wireForm({ type, timestamp, payload }: FlvTag): Uint8Array {
  const typeId = type === "audio" ? MessageTypeId.Audio : MessageTypeId.Video;
  const chunkStreamId = type === "audio" ? 4 : 6;
  return encodeMessage({ chunkStreamId, messageStreamId: 1, typeId, timestamp, payload }, CHUNK_SIZE);
}

function command(messageStreamId: number, payload: Uint8Array): Uint8Array {
  const typeId = MessageTypeId.CommandAmf0;
  return encodeMessage({ chunkStreamId: 3, messageStreamId, typeId, timestamp: 0, payload }, CHUNK_SIZE);
}
