import { MessageTypeId } from "@rtmp/chunk";
import { describeAudio, describeVideo, parseAudioTag, parseVideoTag } from "@rtmp/flv-tags";
import type { AudioDescription, AudioTag, VideoDescription, VideoTag } from "@rtmp/flv-tags";
import type { MediaMessage } from "./wire-format.ts";

/** One track of a live stream, as its sequence header describes it. */
export interface StreamTrack extends VideoDescription, AudioDescription {
  readonly kind: "audio" | "video";
  /** 0 is the default track. */
  readonly trackId: number;
  /** `"avc"`, `"aac"`, `"hevc"`, …; `"unknown"` if the relay does not know it. */
  readonly codec: string;
}

/** Describes the tracks whose sequence headers are given. Never throws: what cannot be read is left out of the description. */
export function describeTracks(headers: Iterable<MediaMessage>): readonly StreamTrack[] {
  const tracks = new Map<string, StreamTrack>();
  for (const { typeId, payload } of headers) {
    const kind = typeId === MessageTypeId.Video ? "video" : "audio";
    for (const [trackId, tag] of tracksOf(kind, payload)) {
      if (tag.kind !== "sequence-header") continue;
      const described = describe(kind, tag);
      tracks.set(`${kind} ${trackId}`, { kind, trackId, codec: tag.codec, ...described });
    }
  }
  return [...tracks.values()];
}

type Tag = VideoTag | AudioTag;

function tracksOf(kind: "audio" | "video", payload: Uint8Array): readonly (readonly [trackId: number, tag: Tag])[] {
  try {
    const tag: Tag = kind === "video" ? parseVideoTag(payload) : parseAudioTag(payload);
    return tag.kind === "multitrack" ? tag.tracks.map((track) => [track.trackId, track.tag] as const) : [[0, tag]];
  } catch {
    return []; // a broken header is the viewer's to judge: it was passed on
  }
}

function describe(
  kind: "audio" | "video",
  tag: Tag & { readonly kind: "sequence-header" },
): VideoDescription & AudioDescription {
  try {
    if (kind === "video") return describeVideo(tag.codec as Parameters<typeof describeVideo>[0], tag.config);
    return describeAudio(tag.codec as Parameters<typeof describeAudio>[0], tag.config);
  } catch {
    return {};
  }
}
