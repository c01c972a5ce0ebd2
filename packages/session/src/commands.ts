import { Amf0Reader, decodeAll, encode, propertiesOf } from "@rtmp/amf0";
import type { Amf0Object, Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";

/** The chunk streams we write on, one for each purpose. */
export const ChunkStreamId = { Control: 2, Command: 3, Audio: 4, Data: 5, Video: 6 } as const;

/** A command of NetConnection or NetStream (RTMP 1.0 §7.2). */
export interface Command {
  readonly messageStreamId: number;
  readonly commandName: string;
  readonly transactionId: number;
  readonly commandObject: Amf0Value;
  readonly args: readonly Amf0Value[];
}

/** A data message: its name and the values behind it (RTMP 1.0 §7.1.2). */
export interface DataMessage {
  readonly name: string;
  readonly values: readonly Amf0Value[];
  /** The body from `name` on, without `@setDataFrame`: what a viewer gets. A view of the message's payload. */
  readonly body: Uint8Array;
}

/** A data message that has come on a stream. */
export interface DataEvent extends DataMessage {
  readonly type: "data";
  readonly messageStreamId: number;
  /** uint32 ms. */
  readonly timestamp: number;
}

/**
 * Reads a command of type 20 or 17; type 17 has a format byte 0 in front (RTMP 1.0 §7.1.1).
 * Returns `undefined` if the body does not begin with a name. Throws `Amf0Error` if it is malformed.
 */
export function parseCommand(message: RtmpMessage): Command | undefined {
  const [commandName, transactionId, commandObject, ...args] = decodeAll(amf0Body(message));
  if (typeof commandName !== "string") return undefined;
  return {
    messageStreamId: message.messageStreamId,
    commandName,
    transactionId: typeof transactionId === "number" ? transactionId : 0,
    commandObject: commandObject ?? null,
    args,
  };
}

/**
 * Reads a data message of type 18 or 15. Returns `undefined` if it has no name: ffmpeg's timecode messages begin with a
 * number. Throws `Amf0Error` if it is malformed.
 */
export function parseDataMessage(message: RtmpMessage): DataMessage | undefined {
  let body = amf0Body(message);
  if (body.length === 0) return undefined;
  let reader = new Amf0Reader(body);
  let name = reader.read();
  if (name === "@setDataFrame") {
    if (reader.done) return undefined;
    body = body.subarray(reader.offset);
    reader = new Amf0Reader(body);
    name = reader.read();
  }
  if (typeof name !== "string") return undefined;
  const values: Amf0Value[] = [];
  while (!reader.done) values.push(reader.read());
  return { name, values, body };
}

/** Builds a command message on the command chunk stream. */
export function commandMessage(messageStreamId: number, ...values: readonly Amf0Value[]): RtmpMessage {
  return commandBody(messageStreamId, encode(...values));
}

/** Wraps an encoded command body. */
export function commandBody(messageStreamId: number, payload: Uint8Array): RtmpMessage {
  return {
    chunkStreamId: ChunkStreamId.Command,
    messageStreamId,
    typeId: MessageTypeId.CommandAmf0,
    timestamp: 0,
    payload,
  };
}

/** Types 15 and 17 start with a format byte; 0 says that AMF0 values follow (E-RTMP v2 "AMF3 in RTMP"). */
function amf0Body(message: RtmpMessage): Uint8Array {
  const { typeId, payload } = message;
  const isAmf3 = typeId === MessageTypeId.CommandAmf3 || typeId === MessageTypeId.DataAmf3;
  return isAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
}

/** The value if it is a string, else `fallback`. */
export function stringOr(value: Amf0Value, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}

/** The value if it is a number, else `fallback`. */
export function numberOr(value: Amf0Value, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

/** The properties of an object, an ECMA array or a typed object; of anything else none. */
export function propertiesOrNone(value: Amf0Value): Readonly<Amf0Object> {
  return propertiesOf(value) ?? {};
}
