import type { OutputState, Refusal, Report } from "../protocol/words.ts";
import type { Quality } from "./quality.ts";

/** Whether the size stays as it was at the start or follows the phone. */
export type Orientation = "lock" | "follow";

/** What the user may change at any time. */
export interface SendingOptions {
  readonly quality: Quality;
  readonly orientation: Orientation;
}

/** What begins a broadcast. */
export interface StartOrder extends SendingOptions {
  readonly url: string;
  readonly token: string;
  readonly session: string;
  readonly device: string;
  readonly audio: "aac" | "opus";
}

/** What the page tells the worker. What is transferred is the worker's from then on. */
export type WorkerOrder =
  | { readonly kind: "start"; readonly order: StartOrder }
  | { readonly kind: "stop" }
  | { readonly kind: "options"; readonly options: SendingOptions }
  | { readonly kind: "pictures"; readonly readable: ReadableStream<VideoFrame> }
  | { readonly kind: "picture"; readonly picture: VideoFrame }
  | { readonly kind: "sounds"; readonly readable: ReadableStream<AudioData> }
  | {
      readonly kind: "sound";
      readonly planes: Float32Array<ArrayBuffer>[];
      readonly sampleRate: number;
      readonly stampUs: number;
    }
  | { readonly kind: "online" }
  | { readonly kind: "phone"; readonly phone: Report };

/** How the connection to the bridge is. */
export type LinkCondition = "idle" | "connecting" | "connected" | "waiting";

/** What is shown while on air, twice a second. */
export interface Figures {
  /** Of everything that was sent, in bits per second. */
  readonly bitrate: number;
  readonly framesPerSecond: number;
  readonly roundTripMs: number | undefined;
  /** Pictures that the network or the encoder had no room for, since the start. */
  readonly droppedFrames: number;
  readonly width: number;
  readonly height: number;
  /** The codecs in use, for example `avc1.64001f` and `aac (built in)`. */
  readonly video: string;
  readonly audio: string;
}

/** What goes wrong in the worker; the page has words for each. */
export type WorkerProblem = "no-h264" | "encoder-failed" | "sound-failed";

/** What the worker tells the page. */
export type WorkerReport =
  | { readonly kind: "link"; readonly condition: LinkCondition }
  | { readonly kind: "output"; readonly output: OutputState }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "problem"; readonly problem: WorkerProblem; readonly detail: string }
  | { readonly kind: "figures"; readonly figures: Figures }
  | { readonly kind: "level"; readonly peak: number };
