/** Writes the OpusHead of a stream that some browsers do not describe (RFC 7845 §5.1). */
export function opusHead({
  sampleRate,
  channelCount,
}: {
  readonly sampleRate: number;
  readonly channelCount: number;
}): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(19);
  bytes.set(new TextEncoder().encode("OpusHead"));
  const view = new DataView(bytes.buffer);
  view.setUint8(8, 1); // version
  view.setUint8(9, channelCount);
  view.setUint16(10, 312, true); // samples to skip, what libopus needs at 48 kHz
  view.setUint32(12, sampleRate, true);
  return bytes;
}
