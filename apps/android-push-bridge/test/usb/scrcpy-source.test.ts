import { FlvError } from "@rtmp/flv-tags";
import { beforeAll, describe, expect, test } from "vitest";
import type { StreamFeed, StreamSource } from "../../src/bridge/stream-source.ts";
import { FrameFlag, FrameKind } from "../../src/protocol/frame.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import type { ScrcpySource } from "../../src/usb/scrcpy-source.ts";
import { aacTrack, h264Track } from "./phone-media.ts";
import type { EncodedTrack } from "./phone-media.ts";
import { PretendPhone } from "./pretend-phone.ts";
import { UsbBench, nextServer, sendTrack, serverContent } from "./usb-bench.ts";

let wide: EncodedTrack;
let tall: EncodedTrack;
let sound: EncodedTrack;

beforeAll(async () => {
  [wide, tall, sound] = await Promise.all([
    h264Track("320x180", 9_000_000_000),
    h264Track("180x320", 9_000_500_000),
    aacTrack(9_000_100_000),
  ]);
});

const bytes = (frame: Frame): Frame => ({ ...frame, payload: Buffer.from(frame.payload) });

/** What a track of a phone is on its way to the stream. */
function framesOf(track: "video" | "audio", media: EncodedTrack): readonly Frame[] {
  const form = track === "video" ? FrameFlag.ByteStream : 0;
  const [configKind, kind] =
    track === "video" ? [FrameKind.VideoConfig, FrameKind.Video] : [FrameKind.AudioConfig, FrameKind.Audio];
  return [
    bytes({ kind: configKind, flags: form, timestampUs: 0, payload: media.config }),
    ...media.frames.map(({ timestampUs, isKeyFrame, payload }) =>
      bytes({ kind, flags: isKeyFrame ? form | FrameFlag.KeyFrame : form, timestampUs, payload }),
    ),
  ];
}

/** A source in the middle of its work: what it runs until, and the phone's server being let go. */
async function filming(
  bench: UsbBench,
  phone: PretendPhone,
): Promise<{ readonly source: ScrcpySource; readonly ran: Promise<void>; readonly left: Promise<void> }> {
  const started = nextServer(phone);
  const source = bench.source();
  const ran = source.run();
  const server = await started;
  const left = new Promise<void>((resolve) => (server.video.onClose = resolve));
  server.begin(320, 180);
  sendTrack(server, "video", wide);
  await bench.stream.frames(0, "video", wide.frames.length + 1);
  return { source, ran, left };
}

describe.each([
  ["3.3.4", "flags-63"],
  ["4.1", "session-packets"],
] as const)("a phone with scrcpy %s behind the real adb", (version, layout) => {
  test("feeds the stream with what its encoders give, also when it is turned", async () => {
    const phone = new PretendPhone({ layout });
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone, { scrcpyVersion: version });
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    server.rotate(180, 320);
    sendTrack(server, "video", tall);
    sendTrack(server, "audio", sound);
    const expected = [...framesOf("video", wide), ...framesOf("video", tall)];
    const video = await bench.stream.frames(0, "video", expected.length);
    const audio = await bench.stream.frames(0, "audio", sound.frames.length + 1);
    expect(video.map(bytes)).toEqual(expected);
    expect(audio.map(bytes)).toEqual(framesOf("audio", sound));
    const [feed] = bench.stream.feeds;
    const turned = layout === "session-packets" ? [{ width: 180, height: 320 }] : [];
    expect(feed).toMatchObject({ device: "Pretend 5", clock: "common", detached: undefined });
    expect(feed?.reports).toEqual([{ width: 320, height: 180 }, ...turned]);
    expect(bench.stream.warnings).toEqual([]);
  });

  test("is told what to film, under the version that it insists on", async () => {
    const phone = new PretendPhone({ layout });
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone, {
      scrcpyVersion: version,
      facing: "front",
      size: "640x480",
      framesPerSecond: 24,
    });
    const path = `/data/local/tmp/rtmp-bridge-scrcpy-server-${version}.jar`;
    expect(phone.files).toEqual([{ path, mode: 0o644, content: serverContent }]);
    expect(server.version).toBe(version);
    expect(Object.fromEntries(server.options)).toEqual({
      scid: expect.stringMatching(/^[0-7][0-9a-f]{7}$/) as unknown,
      log_level: "info",
      video_source: "camera",
      camera_facing: "front",
      camera_size: "640x480",
      camera_fps: "24",
      video_codec: "h264",
      video_bit_rate: "2500000",
      video_codec_options: "i-frame-interval=2",
      audio_source: "mic",
      audio_codec: "aac",
      audio_bit_rate: "128000",
      tunnel_forward: "true",
      control: "false",
      cleanup: "false",
    });
  });
});

describe("a phone", () => {
  test("whose server needs a moment to listen is asked again", async () => {
    const phone = new PretendPhone({ refusals: 5 });
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone);
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    await bench.stream.frames(0, "video", wide.frames.length + 1);
    expect(phone.commands).toHaveLength(1);
  });

  test("sends no sound if it was told so", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone, { hasAudio: false });
    expect(server.audio).toBeUndefined();
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    await bench.stream.frames(0, "video", wide.frames.length + 1);
  });

  test("that cannot record sound sends its pictures all the same", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone);
    server.begin(320, 180, false);
    sendTrack(server, "video", wide);
    await bench.stream.warned("no sound");
    await bench.stream.frames(0, "video", wide.frames.length + 1);
    expect(bench.stream.feeds[0]?.track("audio")).toEqual([]);
  });

  test("with two clocks is attached anew, each track to be timed by its arrival", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone);
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    await bench.stream.frames(0, "video", wide.frames.length + 1);
    sendTrack(server, "audio", await aacTrack(5_000_000));
    await bench.stream.frames(1, "audio", sound.frames.length + 1);
    const [first, second] = bench.stream.feeds;
    expect(first).toMatchObject({ clock: "common", detached: "lost" });
    expect(second).toMatchObject({ clock: "separate", detached: undefined });
    expect(second?.session).not.toBe(first?.session);
    expect(second?.track("video").map(bytes)).toEqual(framesOf("video", wide).slice(0, 1));
  });

  test("that breaks the framing is let go and tried again", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const server = await bench.runOn(phone);
    const again = nextServer(phone);
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    await bench.stream.frames(0, "video", wide.frames.length + 1);
    server.video.write(Buffer.from("0000000000000000ffffffff", "hex"));
    await bench.stream.warned("SCRCPY_PACKET_TOO_LARGE");
    expect(bench.stream.feeds[0]?.detached).toBe("lost");
    await again;
  });

  test("whose media the stream cannot read is let go and tried again", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const attach = (source: StreamSource): StreamFeed => {
      const feed = bench.stream.attach(source);
      const push = (): void => {
        throw new FlvError("FLV_BAD_NAL_UNIT", 0, "no NAL unit");
      };
      const nothing = (): number => 0;
      const figures = { takenFrames: nothing, newestTakenAtMs: nothing, unsentBytes: nothing };
      return { ...figures, push, report: () => undefined, detach: (why) => feed.detach(why) };
    };
    const server = await bench.runOn(phone, {}, { attach });
    const again = nextServer(phone);
    server.begin(320, 180);
    sendTrack(server, "video", wide);
    await bench.stream.warned("FLV_BAD_NAL_UNIT");
    expect(bench.stream.feeds[0]?.detached).toBe("lost");
    await again;
  });

  test("is let go for good once the stream has done with it", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const { source, ran, left } = await filming(bench, phone);
    expect(source.requestKeyFrame).toBeUndefined();
    source.onOutput({ state: "unreachable", detail: "refused" });
    source.end("BRIDGE_TARGET_REFUSED", "no such app");
    await ran;
    await left;
    expect(bench.stream.feeds[0]?.detached).toBeUndefined();
    expect(bench.stream.lines).toContain("the server is unreachable: refused");
    await source.close();
  });

  test("is let go without grace when the source is closed", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const { source, ran, left } = await filming(bench, phone);
    await source.close();
    await Promise.all([ran, left, source.close()]);
    expect(bench.stream.feeds.map((feed) => feed.detached)).toEqual(["ended"]);
  });
});
