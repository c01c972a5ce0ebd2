import { levelFor, type Size } from "./picture-size.ts";

/** What the encoder is asked for. */
export interface PictureTarget extends Size {
  readonly bitrate: number;
  readonly framesPerSecond: number;
}

/** One way to encode, as WebCodecs names it. */
export interface AvcChoice {
  /** Profile and constraint bytes in hexadecimal. */
  readonly profile: "6400" | "4d00" | "42e0";
  readonly hardwareAcceleration: "prefer-hardware" | "no-preference";
  readonly bitrateMode: "constant" | "variable";
}

/** Every way to encode, best first: the phone's own circuit before software, high before main before baseline. */
export const avcChoices: readonly AvcChoice[] = (["prefer-hardware", "no-preference"] as const).flatMap(
  (hardwareAcceleration) =>
    (["6400", "4d00", "42e0"] as const).flatMap((profile) =>
      (["constant", "variable"] as const).map((bitrateMode) => ({ profile, hardwareAcceleration, bitrateMode })),
    ),
);

/** What `VideoEncoder.configure` takes. */
export interface AvcConfiguration {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly framerate: number;
  readonly bitrateMode: "constant" | "variable";
  readonly hardwareAcceleration: "prefer-hardware" | "no-preference";
  readonly latencyMode: "realtime";
  readonly avc: { readonly format: "avc" };
}

/** A choice for these pictures in the words of `VideoEncoder.configure`. */
export function avcConfiguration(choice: AvcChoice, target: PictureTarget): AvcConfiguration {
  const { width, height, bitrate, framesPerSecond } = target;
  const level = levelFor(target, framesPerSecond, bitrate).toString(16).padStart(2, "0");
  return {
    codec: `avc1.${choice.profile}${level}`,
    width,
    height,
    bitrate,
    framerate: framesPerSecond,
    bitrateMode: choice.bitrateMode,
    hardwareAcceleration: choice.hardwareAcceleration,
    latencyMode: "realtime",
    avc: { format: "avc" },
  };
}
