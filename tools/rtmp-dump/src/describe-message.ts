import { decodeAll } from "@rtmp/amf0";
import { MessageTypeId, parseControlMessage } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { describeAudio, describeVideo, parseAudioTag, parseVideoTag } from "@rtmp/flv-tags";
import type { AudioTag, VideoTag } from "@rtmp/flv-tags";
import { printable, showValue } from "./show-value.ts";

const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(MessageTypeId).map(([name, id]) => [id, name]));

/** `"CommandAmf0"` and its kin; `"type 99"` where the specification has no name. */
export function typeName(typeId: number): string {
  return typeNames.get(typeId) ?? `type ${typeId}`;
}

/** What a message says, on one line. A body that is broken is described by its error code. */
export function describeMessage(message: RtmpMessage): string {
  const { typeId, payload } = message;
  try {
    switch (typeId) {
      case MessageTypeId.Video:
        return describeTag(parseVideoTag(payload), describeVideo);
      case MessageTypeId.Audio:
        return describeTag(parseAudioTag(payload), describeAudio);
      case MessageTypeId.CommandAmf0:
      case MessageTypeId.DataAmf0:
        return describeValues(payload);
      case MessageTypeId.CommandAmf3:
      case MessageTypeId.DataAmf3:
        return describeValues(payload[0] === 0 ? payload.subarray(1) : payload);
      default: {
        const control = parseControlMessage(message);
        return showFields(control?.kind === "user-control" ? control.event : { ...control, kind: undefined });
      }
    }
  } catch (error) {
    return `broken: ${String(error instanceof Error && "code" in error ? error.code : error)}`;
  }
}

function describeValues(body: Uint8Array): string {
  const [name, ...values] = decodeAll(body);
  return [
    typeof name === "string" ? printable(name) : showValue(name),
    ...values.map((value) => showValue(value)),
  ].join(" ");
}

/** `name=value` of every field that has one; of a type only the value. */
function showFields(fields: object): string {
  const entries = Object.entries(fields) as [string, string | number | Uint8Array | undefined][];
  const known = entries.filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => (name === "type" ? String(value) : `${name}=${showValue(value)}`)).join(" ");
}

function describeTag(tag: VideoTag | AudioTag, describe: (codec: never, config: Uint8Array) => object): string {
  switch (tag.kind) {
    case "frame": {
      if (!("frameType" in tag)) return `${tag.codec} frame`;
      const { codec, frameType, compositionTimeOffset } = tag;
      return `${codec} ${frameType} frame ${showFields({ compositionTimeOffset: compositionTimeOffset || undefined })}`;
    }
    case "sequence-header":
      return `${tag.codec} sequence-header ${showFields(describe(tag.codec as never, tag.config))}`;
    case "multitrack":
      return tag.tracks.map((track) => `track ${track.trackId}: ${describeTag(track.tag, describe)}`).join("; ");
    case "unknown":
      return `unknown codec ${printable(tag.fourCc ?? String(tag.codecId))}`;
    case "command":
      return `command ${tag.command}`;
    case "silence":
      return "silence";
    default:
      return `${tag.codec} ${tag.kind}`;
  }
}
