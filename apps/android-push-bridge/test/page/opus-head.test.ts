import { expect, test } from "vitest";
import { opusHead } from "../../src/page/opus-head.ts";

test("an OpusHead names version, channels, pre-skip and rate in little-endian order", () => {
  const bytes = opusHead({ sampleRate: 48_000, channelCount: 2 });
  expect(Buffer.from(bytes).toString("hex")).toBe("4f707573486561640102380180bb0000000000");
});
