import { FrameFlag, FrameKind } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";
import type { ScrcpyEvent } from "./scrcpy-demuxer.ts";

/** Which of scrcpy's connections something came from. */
export type ScrcpyTrack = "video" | "audio";

/**
 * Writes what the phone's encoders gave as a frame of the bridge: H.264 stays a byte stream with start codes, AAC stays
 * raw. Returns `undefined` for what is no media. The payload is the event's own memory.
 */
export function scrcpyFrame(track: ScrcpyTrack, event: ScrcpyEvent): Frame | undefined {
  const isVideo = track === "video";
  const form = isVideo ? FrameFlag.ByteStream : 0;
  switch (event.kind) {
    case "config": {
      const kind = isVideo ? FrameKind.VideoConfig : FrameKind.AudioConfig;
      return { kind, flags: form, timestampUs: 0, payload: event.payload };
    }
    case "frame": {
      const kind = isVideo ? FrameKind.Video : FrameKind.Audio;
      const flags = isVideo && event.isKeyFrame ? form | FrameFlag.KeyFrame : form;
      return { kind, flags, timestampUs: event.timestampUs, payload: event.payload };
    }
    case "device-name":
    case "disabled":
    case "session":
      return undefined;
  }
}
