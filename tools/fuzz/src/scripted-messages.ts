import { Amf0Unsupported, EcmaArray, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { encodeMessage, MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { concat, u32 } from "@rtmp/testkit";
import { audioCorpus, videoCorpus } from "./corpus/media.ts";
import type { Tape } from "./tape.ts";

const { Audio, Video, DataAmf0, DataAmf3, CommandAmf0, CommandAmf3, UserControl, Aggregate } = MessageTypeId;

/** What a client may call, known and unknown. */
export const clientCommands: readonly string[] = [
  ...["createStream", "publish", "publish", "publish", "play", "play", "play", "deleteStream", "closeStream", "pause"],
  ...["seek", "pause", "createStream", "FCPublish", "getStreamLength", "connect"],
  ...["receiveAudio", "receiveVideo", "FCPublish", "FCUnpublish", "FCSubscribe", "releaseStream", "getStreamLength"],
  ...["_checkbw", "_result", "_error", "onStatus", "play2", "x", "__proto__", "constructor", ""],
];

/** What a server may call. */
export const serverCommands: readonly string[] = [
  ...["_result", "_result", "_result", "_error", "onStatus", "onStatus", "onBWDone", "onFCPublish", "close", "", "x"],
];

const words: readonly string[] = [
  ...["good", "s", "s", "other", "", "live", "s?token=1&x=%zz", "a/b/../c", "/s", "mp4:s", "__proto__", "no", "later"],
  ...[
    "NetStream.Play.Start",
    "NetStream.Publish.Start",
    "NetConnection.Connect.Success",
    "live",
    "record",
    "é\u0000\n",
  ],
  "k".repeat(3000),
];
const numbers: readonly number[] = [
  ...[0, 1, 1, 1, 2, 3, 4, 5, -1, -2, 0.5, 255, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e308],
  ...[Number.NaN, Infinity, -Infinity],
];
const keys: readonly string[] = [
  ...["app", "tcUrl", "flashVer", "objectEncoding", "capsEx", "fourCcList", "videoFourCcInfoMap", "level", "code"],
  ...["description", "*", "toString", "0"],
];

/** A value of any AMF0 type, such as peers send and such as they do not. */
export function scriptedValue(tape: Tape, depth = 0): Amf0Value {
  switch (tape.u8() % (depth < 3 ? 14 : 9)) {
    case 0:
    case 1:
      return tape.pick(words);
    case 2:
    case 3:
      return tape.pick(numbers);
    case 4:
      return null;
    case 5:
      return undefined;
    case 6:
      return true;
    case 7:
      return false;
    case 8:
      return tape.pick([new Date(0), new Amf0Unsupported(), new Uint8Array(3), new Date(Number.NaN)]);
    case 9:
    case 10:
      return scriptedFields(tape, depth);
    case 11:
      return new EcmaArray(scriptedFields(tape, depth));
    default:
      return Array.from({ length: tape.u8() % 4 }, () => scriptedValue(tape, depth + 1));
  }
}

function scriptedFields(tape: Tape, depth: number): Record<string, Amf0Value> {
  const fields: Record<string, Amf0Value> = {};
  for (let left = tape.u8() % 5; left > 0; left--) fields[tape.pick(keys)] = scriptedValue(tape, depth + 1);
  return fields;
}

/** The body of a command: mostly as it should be, at times with values of any type, at times spoiled. */
function scriptedCommand(tape: Tape, names: readonly string[]): Uint8Array {
  const name = tape.pick(names);
  const form = tape.u8();
  const transactionId = form % 8 === 0 ? scriptedValue(tape) : form % 5;
  const commandObject = form % 3 === 0 ? scriptedValue(tape) : null;
  const isStream = form % 4 !== 0;
  const args = isStream ? [tape.pick(words)] : Array.from({ length: tape.u8() % 4 }, () => scriptedValue(tape));
  const body = encode(form === 7 ? scriptedValue(tape) : name, transactionId, commandObject, ...args);
  if (form % 32 !== 31) return body;
  body[tape.u8() % body.length] = tape.u8();
  return body.subarray(0, body.length - (tape.u8() % 4));
}

/** Makes messages as the script wants them and chunks them with the chunk size that it announced last. */
export class ScriptedPeer {
  readonly #tape: Tape;
  readonly #commands: readonly string[];
  #chunkSize: number;
  #last: Uint8Array = new Uint8Array(0);

  constructor(tape: Tape, commands: readonly string[], chunkSize: number) {
    this.#tape = tape;
    this.#commands = commands;
    this.#chunkSize = chunkSize;
  }

  /** The next bytes of the peer, most of them one whole message. */
  next(): Uint8Array {
    const tape = this.#tape;
    const form = tape.u8();
    if (form < 2) return tape.take(1 + (tape.u8() % 64));
    if (form < 10) return repeat(this.#last, tape.pick([2, 10, 50, 450]));
    if (form < 18) return this.#announce();
    const choice = form % 16;
    const [typeId, payload] = this.#body(choice);
    const messageStreamId = tape.pick([1, 1, 1, 1, 1, 0, 0, 2, 3, 0xffff_ffff]);
    const chunkStreamId = tape.pick([3, 3, 3, 4, 5, 6, 63, 64, 320, 65_599]);
    const timestamp = tape.pick([0, 0, 20, 40, 0xff_fffe, 0xff_ffff, 0xffff_fff0, 0x8000_0000]);
    return this.write({ chunkStreamId, messageStreamId, typeId, timestamp, payload });
  }

  /** The chunks of a message. */
  write(message: RtmpMessage): Uint8Array {
    this.#last = encodeMessage(message, this.#chunkSize);
    return this.#last;
  }

  #body(choice: number): [typeId: number, payload: Uint8Array] {
    const tape = this.#tape;
    switch (choice) {
      case 4:
        return [CommandAmf3, concat(Uint8Array.of(tape.pick([0, 0, 3])), scriptedCommand(tape, this.#commands))];
      case 5:
      case 6:
        return [Video, tape.pick(videoCorpus)];
      case 7:
        return [Audio, tape.pick(audioCorpus)];
      case 8:
        return [tape.pick([DataAmf0, DataAmf0, DataAmf3]), scriptedData(tape)];
      case 9:
        return [
          tape.pick([2, 3, 5, 6]),
          concat(u32(tape.pick([0, 1, 3, 4, 500, 2_500_000, 0xffff_ffff])), tape.take(1)),
        ];
      case 10:
        return [UserControl, concat(Uint8Array.of(0, tape.pick([0, 1, 2, 3, 4, 6, 6, 7, 31, 99])), tape.take(8))];
      case 11:
        return [tape.pick([Video, Audio, Video, DataAmf0, CommandAmf0]), new Uint8Array(tape.pick([0, 1, 5000, 9000]))];
      case 12:
        return [Aggregate, scriptedAggregate(tape)];
      case 13:
        return [tape.pick([tape.u8(), CommandAmf0, DataAmf0, Video]), tape.take(tape.u8())];
      default:
        return [CommandAmf0, scriptedCommand(tape, this.#commands)];
    }
  }

  #announce(): Uint8Array {
    const chunkSize = this.#tape.pick([128, 1, 4096, 4096, 65_536, 65_536, 60_000, 0x7fff_ffff, 0, 0x8000_0000]);
    const payload = u32(chunkSize);
    const message = { chunkStreamId: 2, messageStreamId: 0, typeId: MessageTypeId.SetChunkSize, timestamp: 0, payload };
    const bytes = encodeMessage(message, this.#chunkSize);
    if (chunkSize >= 1 && chunkSize <= 0x7fff_ffff) this.#chunkSize = chunkSize;
    return bytes;
  }
}

function scriptedData(tape: Tape): Uint8Array {
  const name = tape.pick(["@setDataFrame", "onMetaData", "@clearDataFrame", "onTextData", "|RtmpSampleAccess"]);
  const values = Array.from({ length: tape.u8() % 4 }, () => scriptedValue(tape));
  if (tape.u8() % 6 === 0) return encode(scriptedValue(tape), ...values);
  return name === "@setDataFrame" ? encode(name, "onMetaData", ...values) : encode(name, ...values);
}

function scriptedAggregate(tape: Tape): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let left = 1 + (tape.u8() % 3); left > 0; left--) {
    const typeId = tape.pick([8, 9, 9, 18, 20, 22]);
    const payload = typeId === 20 ? scriptedCommand(tape, clientCommands) : tape.pick(videoCorpus);
    parts.push(Uint8Array.of(typeId), u32(payload.length).subarray(1), u32(tape.u8()), tape.take(3), payload, u32(0));
  }
  return concat(...parts);
}

function repeat(bytes: Uint8Array, count: number): Uint8Array {
  const times = Math.min(count, Math.floor(60_000 / Math.max(1, bytes.length)));
  return concat(...Array.from({ length: times }, () => bytes));
}
