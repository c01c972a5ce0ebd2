import { play } from "@rtmp/client";
import {
  annexBToLengthPrefixed,
  parseAudioTag,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  parseVideoTag,
} from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { createRtmpServer } from "@rtmp/server";
import { toHex } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { BridgeProcess } from "../bridge-process.ts";
import { aacTrack, h264Track } from "./phone-media.ts";
import type { EncodedFrame } from "./phone-media.ts";
import { PretendPhone } from "./pretend-phone.ts";
import type { PretendScrcpy } from "./pretend-phone.ts";
import { UsbBench, nextServer, sendTrack } from "./usb-bench.ts";

/** The pictures and sounds among tags, as hex, and the sizes that the headers say. */
function contentOf(tags: readonly FlvTag[]): { video: string[]; audio: string[]; sizes: string[] } {
  const content = { video: [] as string[], audio: [] as string[], sizes: [] as string[] };
  for (const { type, payload } of tags) {
    if (type === "video") {
      const tag = parseVideoTag(payload);
      if (tag.kind === "frame") content.video.push(toHex(tag.data));
      if (tag.kind !== "sequence-header") continue;
      const { width, height } = parseAvcSps(parseAvcDecoderConfigurationRecord(tag.config).sequenceParameterSets[0]!);
      content.sizes.push(`${width}x${height}`);
    } else if (type === "audio") {
      const tag = parseAudioTag(payload);
      if (tag.kind === "frame") content.audio.push(toHex(tag.data));
    }
  }
  return content;
}

function sendFrame(scrcpy: PretendScrcpy, track: "video" | "audio", frame: EncodedFrame): void {
  scrcpy.sendFrame(track, frame.timestampUs, frame.payload, frame.isKeyFrame);
}

test("a phone on a cable is on the RTMP server frame by frame, also when it is turned", async () => {
  const [wide, tall, sound] = await Promise.all([
    h264Track("320x180", 9_000_000_000),
    h264Track("180x320", 9_000_500_000),
    aacTrack(9_000_000_000),
  ]);
  const [first, ...others] = wide.frames;
  await using server = createRtmpServer({ port: 0 });
  const { port } = await server.listen();
  const url = `rtmp://127.0.0.1:${port}/live/cable`;
  const published = new Promise<void>((resolve) => void server.on("publish", () => resolve()));
  const phone = new PretendPhone({ layout: "session-packets" });
  await using bench = await UsbBench.start(phone);
  const started = nextServer(phone);
  const cable = ["--source", "adb", "--adb-port", String(bench.adb.port), "--scrcpy-server", bench.scrcpyServer];
  const args = ["--target", url, ...cable, "--scrcpy-version", "4.1", "--usb-video", "screen"];
  using bridge = new BridgeProcess(args, bench.adb.environment);
  const scrcpy = await started;
  scrcpy.begin(320, 180);
  scrcpy.sendConfig("video", wide.config);
  scrcpy.sendConfig("audio", sound.config);
  sendFrame(scrcpy, "video", first!); // the stream begins with it, and it is kept until the server has answered
  await published;
  await bridge.line("the stream is live");
  const player = await play(url);
  for (const frame of sound.frames) sendFrame(scrcpy, "audio", frame);
  for (const frame of others) sendFrame(scrcpy, "video", frame);
  scrcpy.rotate(180, 320);
  sendTrack(scrcpy, "video", tall);
  const pictures = [...wide.frames, ...tall.frames];
  const tags: FlvTag[] = [];
  for await (const tag of player) {
    tags.push(tag);
    const { video, audio } = contentOf(tags);
    if (video.length >= pictures.length && audio.length >= sound.frames.length) break;
  }
  const content = contentOf(tags);
  expect(content.video).toEqual(pictures.map(({ payload }) => toHex(annexBToLengthPrefixed(payload))));
  expect(content.audio).toEqual(sound.frames.map(({ payload }) => toHex(payload)));
  expect(content.sizes).toEqual(["320x180", "180x320"]);
  bridge.signal("SIGTERM");
  expect((await bridge.end()).exitCode).toBe(0);
});

test("a phone on a cable whose stream the server refuses ends the program with the server's words", async () => {
  await using server = createRtmpServer({
    port: 0,
    hooks: {
      onPublish: () => {
        throw new Error("not today");
      },
    },
  });
  const { port } = await server.listen();
  const phone = new PretendPhone({ layout: "session-packets" });
  await using bench = await UsbBench.start(phone);
  const started = nextServer(phone);
  const cable = ["--source", "adb", "--adb-port", String(bench.adb.port), "--scrcpy-server", bench.scrcpyServer];
  const args = ["--target", `rtmp://127.0.0.1:${port}/live/cable`, ...cable, "--scrcpy-version", "4.1"];
  using bridge = new BridgeProcess(args, bench.adb.environment);
  const wide = await h264Track("320x180", 0);
  const scrcpy = await started;
  scrcpy.begin(320, 180);
  sendTrack(scrcpy, "video", wide);
  const { exitCode, stdout } = await bridge.end();
  expect(exitCode).toBe(1);
  expect(stdout).toContain("the server refused the stream");
});
