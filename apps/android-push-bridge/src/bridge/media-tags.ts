import {
  FlvError,
  aacFrame,
  aacSequenceHeader,
  avcFrame,
  avcSequenceHeader,
  describeAudio,
  encodeAudioSpecificConfig,
  encodeAudioTag,
  encodeScriptTag,
  splitAdts,
} from "@rtmp/flv-tags";
import type { AudioDescription } from "@rtmp/flv-tags";
import { FrameFlag, FrameKind } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";
import { readPicture, readVideoConfig } from "./picture.ts";
import type { VideoConfig } from "./picture.ts";
import type { Track } from "./stream-timeline.ts";

/** One tag that a frame becomes. Headers and metadata go in front of what they belong to. */
export interface MediaTag {
  readonly type: "audio" | "video" | "script";
  /** The track's stamp in microseconds; headers have that of the frame behind them. */
  readonly stampUs: number;
  readonly track: Track;
  readonly payload: Uint8Array;
  /** Where a viewer can begin. */
  readonly isKeyFrame: boolean;
}

interface AudioConfig {
  readonly codec: "aac" | "opus";
  readonly config: Uint8Array;
  readonly description: AudioDescription;
}

/** AAC frames of one message are so many samples apart. */
const SAMPLES_PER_FRAME = 1024;
/** So many pictures in a group that are stamped before the one in front of them are B frames, not a slip. */
const MOST_BACK_STEPS = 3;

/**
 * Makes FLV tags of a sender's frames: a sequence header exactly when it is new, metadata before it, and nothing of the
 * picture behind a gap until a key frame.
 */
export class MediaTags {
  #video: VideoConfig | undefined;
  #audio: AudioConfig | undefined;
  #isVideoHeaderDue = false;
  #isAudioHeaderDue = false;
  #isWaitingForKeyFrame = true;
  #lastVideoStampUs = -Infinity;
  #backSteps = 0;

  /** Whether pictures are passed over until a key frame comes. */
  get isWaitingForKeyFrame(): boolean {
    return this.#isWaitingForKeyFrame;
  }

  /** Size of the picture, once it is known. */
  get pictureSize(): { readonly width: number; readonly height: number } | undefined {
    return this.#video && { width: this.#video.width, height: this.#video.height };
  }

  /** What the sound is, once it is known. */
  get sound(): (AudioDescription & { readonly codec: string }) | undefined {
    return this.#audio && { ...this.#audio.description, codec: this.#audio.codec };
  }

  /** There was a gap in the pictures: what comes next has to be a key frame. */
  waitForKeyFrame(): void {
    this.#isWaitingForKeyFrame = true;
    this.#lastVideoStampUs = -Infinity;
    this.#backSteps = 0;
  }

  /** Whoever gets the tags knows nothing of what went before: headers are due again. */
  restart(): void {
    this.waitForKeyFrame();
    this.#isVideoHeaderDue = this.#video !== undefined;
    this.#isAudioHeaderDue = this.#audio !== undefined;
  }

  /**
   * Calls `onTag` for each tag that a frame becomes: none for a config, for what no config was sent for, and for pictures
   * behind a gap. Throws a `FlvError` if the payload is not what the frame's kind and flags say.
   */
  push(frame: Frame, onTag: (tag: MediaTag) => void): void {
    const isByteStream = (frame.flags & FrameFlag.ByteStream) !== 0;
    switch (frame.kind) {
      case FrameKind.VideoConfig:
        this.#takeVideoConfig(readVideoConfig(frame.payload, isByteStream));
        return;
      case FrameKind.Video:
        this.#pushVideo(frame, isByteStream, onTag);
        return;
      case FrameKind.AudioConfig:
        this.#takeAudioConfig((frame.flags & FrameFlag.Opus) === 0 ? "aac" : "opus", frame.payload);
        return;
      case FrameKind.Audio:
        this.#pushAudio(frame, isByteStream, onTag);
        return;
    }
  }

  #takeVideoConfig(next: VideoConfig): void {
    const isNew = this.#video === undefined || !areEqual(this.#video.config, next.config);
    this.#video = next;
    if (!isNew) return;
    this.#isVideoHeaderDue = true;
    this.waitForKeyFrame(); // pictures of the former kind must not come behind the new header
  }

  #pushVideo(frame: Frame, isByteStream: boolean, onTag: (tag: MediaTag) => void): void {
    const picture = readPicture(frame.payload, isByteStream, this.#video?.lengthSize ?? 4);
    if (picture.config !== undefined) this.#takeVideoConfig({ ...readVideoConfig(picture.config, false) });
    if (picture.data.length === 0 || this.#video === undefined) return;
    const isKey = (frame.flags & FrameFlag.KeyFrame) !== 0 || picture.hasIdr;
    if (this.#isWaitingForKeyFrame && !isKey) return;
    this.#isWaitingForKeyFrame = false;
    this.#checkOrder(frame.timestampUs, isKey);
    const of = { type: "video", track: "video", stampUs: frame.timestampUs } as const;
    if (this.#isVideoHeaderDue) {
      this.#isVideoHeaderDue = false;
      this.#pushMetadata(frame.timestampUs, "video", onTag);
      onTag({ ...of, payload: avcSequenceHeader(this.#video.config), isKeyFrame: false });
    }
    onTag({ ...of, payload: avcFrame({ isKey, compositionTimeOffset: 0, data: picture.data }), isKeyFrame: isKey });
  }

  /** Decoding time is taken for presentation time, which B frames would make nonsense of. */
  #checkOrder(stampUs: number, isKey: boolean): void {
    if (isKey) this.#backSteps = 0;
    if (stampUs < this.#lastVideoStampUs) this.#backSteps += 1;
    this.#lastVideoStampUs = stampUs;
    if (this.#backSteps < MOST_BACK_STEPS) return;
    throw new FlvError(
      "FLV_BAD_NAL_UNIT",
      0,
      "pictures are not in the order they are shown in: B frames are not supported",
    );
  }

  #takeAudioConfig(codec: "aac" | "opus", config: Uint8Array): void {
    const description = describeAudio(codec, config);
    const isNew = this.#audio?.codec !== codec || !areEqual(this.#audio.config, config);
    if (!isNew) return;
    this.#audio = { codec, config, description };
    this.#isAudioHeaderDue = true;
  }

  #pushAudio(frame: Frame, isByteStream: boolean, onTag: (tag: MediaTag) => void): void {
    if (!isByteStream) return this.#pushSound(frame.payload, frame.timestampUs, onTag);
    for (const [index, { header, data }] of splitAdts(frame.payload).entries()) {
      const { samplingFrequency, objectType, channelConfiguration } = header;
      this.#takeAudioConfig("aac", encodeAudioSpecificConfig({ objectType, samplingFrequency, channelConfiguration }));
      const offsetUs = Math.round((index * SAMPLES_PER_FRAME * 1_000_000) / samplingFrequency);
      this.#pushSound(data, frame.timestampUs + offsetUs, onTag);
    }
  }

  #pushSound(data: Uint8Array, stampUs: number, onTag: (tag: MediaTag) => void): void {
    if (this.#audio === undefined || data.length === 0) return;
    const { codec, config } = this.#audio;
    const isEnhanced = codec === "opus";
    const of = { type: "audio", track: "audio", stampUs, isKeyFrame: false } as const;
    if (this.#isAudioHeaderDue) {
      this.#isAudioHeaderDue = false;
      this.#pushMetadata(stampUs, "audio", onTag);
      const header = isEnhanced
        ? encodeAudioTag({ kind: "sequence-header", isEnhanced, codec, config })
        : aacSequenceHeader(config);
      onTag({ ...of, payload: header });
    }
    onTag({ ...of, payload: isEnhanced ? encodeAudioTag({ kind: "frame", isEnhanced, codec, data }) : aacFrame(data) });
  }

  /** What players show before they decode: sizes and codecs as far as they are known. */
  #pushMetadata(stampUs: number, track: Track, onTag: (tag: MediaTag) => void): void {
    const fields: Record<string, number | boolean | string> = { encoder: "android-push-bridge" };
    if (this.#video !== undefined) {
      Object.assign(fields, { width: this.#video.width, height: this.#video.height, videocodecid: 7 });
    }
    if (this.#audio !== undefined) {
      const { sampleRate, channelCount } = this.#audio.description;
      if (sampleRate !== undefined) fields.audiosamplerate = sampleRate;
      if (channelCount !== undefined) fields.stereo = channelCount > 1;
      fields.audiocodecid = this.#audio.codec === "aac" ? 10 : OPUS_FOUR_CC;
    }
    const payload = encodeScriptTag("onMetaData", fields);
    onTag({ type: "script", track, stampUs, payload, isKeyFrame: false });
  }
}

/** "Opus" as a number (E-RTMP v2 "Enhancing onMetaData"). */
const OPUS_FOUR_CC = 0x4f707573;

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
