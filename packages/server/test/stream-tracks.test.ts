import { MessageTypeId } from "@rtmp/chunk";
import { concat, hex } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { describeTracks } from "../src/stream-tracks.ts";

// x264, 1280x720, constrained baseline: ffmpeg -f lavfi -i testsrc=size=1280x720 -c:v libx264 -preset ultrafast
const avcConfig = hex("0142c01fffe100176742c01fda014016ec0440000003004000000c83c60ca801000468ce0fc8");
const message = (typeId: number, payload: Uint8Array): { typeId: number; timestamp: number; payload: Uint8Array } => ({
  typeId,
  timestamp: 0,
  payload,
});

test("a stream's tracks are what its sequence headers say", () => {
  const tracks = describeTracks([
    message(MessageTypeId.Video, concat(hex("17 00 000000"), avcConfig)),
    message(MessageTypeId.Audio, hex("af 00 1210")),
  ]);
  expect(tracks).toMatchObject([
    { kind: "video", trackId: 0, codec: "avc", codecString: "avc1.42c01f", width: 1280, height: 720 },
    { kind: "audio", trackId: 0, codec: "aac", codecString: "mp4a.40.2", sampleRate: 44_100, channelCount: 2 },
  ]);
});

test("each track of a multitrack header is described by itself", () => {
  const payload = concat(hex("96 00 61766331 03"), avcConfig); // one track, number 3
  expect(describeTracks([message(MessageTypeId.Video, payload)])).toMatchObject([{ trackId: 3, width: 1280 }]);
});

test("a header that cannot be read leaves the codec and no more, or nothing", () => {
  expect(describeTracks([message(MessageTypeId.Video, hex("17 00 000000 01"))])).toEqual([
    { kind: "video", trackId: 0, codec: "avc" },
  ]);
  expect(describeTracks([message(MessageTypeId.Video, hex("17")), message(MessageTypeId.Audio, hex(""))])).toEqual([]);
});
