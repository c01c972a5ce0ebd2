import { BuiltInSoundEncoder } from "./built-in-sound-encoder.ts";
import type { SoundEncoder, SoundEncoderListener, SoundFormat } from "./sound-encoder.ts";

/** Makes an encoder: the browser's own, or for AAC the one that is loaded only when the browser has none. */
export async function openSoundEncoder(format: SoundFormat, listener: SoundEncoderListener): Promise<SoundEncoder> {
  if (await BuiltInSoundEncoder.supports(format)) return new BuiltInSoundEncoder(format, listener);
  if (format.codec === "opus") throw new Error("this browser has no Opus encoder");
  const { AacFallback } = await import("./aac-fallback.ts");
  return AacFallback.open(format, listener);
}
