import { describe, expect, test } from "vitest";
import { scrcpyCommand, scrcpySocketName, serverPathOnPhone } from "../../src/usb/scrcpy-command.ts";
import { scrcpyLayout, versionInFileName, versionInProgramOutput } from "../../src/usb/scrcpy-version.ts";
import type { UsbOptions } from "../../src/usb/usb-options.ts";
import { failure } from "./failure.ts";

const start = { version: "4.1", path: serverPathOnPhone("4.1"), scid: 0x1a2b3c };

describe("the server's command line", () => {
  test("films with the back camera and the microphone unless told otherwise", () => {
    expect(scrcpyCommand(start, {})).toBe(
      "CLASSPATH=/data/local/tmp/rtmp-bridge-scrcpy-server-4.1.jar app_process / com.genymobile.scrcpy.Server 4.1" +
        " scid=001a2b3c log_level=info video_source=camera camera_facing=back camera_size=1280x720 camera_fps=30" +
        " video_codec=h264 video_bit_rate=2500000 video_codec_options=i-frame-interval=2" +
        " audio_source=mic audio_codec=aac audio_bit_rate=128000 tunnel_forward=true control=false cleanup=false",
    );
    expect(scrcpySocketName(start.scid)).toBe("scrcpy_001a2b3c");
  });

  test("takes the screen with what it plays, or without any sound", () => {
    const screen: UsbOptions = { video: "screen", maxSize: 1920, framesPerSecond: 60, videoBitrate: 8_000_000 };
    const words = scrcpyCommand(start, screen).split(" ");
    expect(words).toEqual(expect.arrayContaining(["video_source=display", "max_size=1920", "max_fps=60"]));
    expect(words).toEqual(expect.arrayContaining(["audio_source=output", "video_bit_rate=8000000"]));
    expect(words.some((word) => word.startsWith("camera_"))).toBe(false);
    const silent = scrcpyCommand(start, { ...screen, hasAudio: false }).split(" ");
    expect(silent.filter((word) => word.startsWith("audio"))).toEqual(["audio=false"]);
  });

  test.each<[string, UsbOptions]>([
    ["a size that is none", { size: "1280x720;reboot" }],
    ["a size of nothing", { size: "0x720" }],
    ["a rate that is no number", { framesPerSecond: Number.NaN }],
    ["half a picture per second", { framesPerSecond: 0.5 }],
    ["a bit rate beyond all encoders", { videoBitrate: 1e12 }],
    ["no bits for the sound", { audioBitrate: 0 }],
    ["a screen of one pixel", { video: "screen", maxSize: 1 }],
  ])("is never written with %s", (_name, options) => {
    expect(() => scrcpyCommand(start, options)).toThrow(failure("SCRCPY_BAD_OPTION"));
  });

  test.each(["4.1;reboot", "4.1 x", "$(id)", "4", "", "4.1\n", "1.25", "2.1.1", "4.1`id`"])(
    "is never written for the version %j",
    (version) => {
      expect(() => scrcpyCommand({ ...start, version }, {})).toThrow(failure("SCRCPY_UNSUPPORTED_VERSION"));
    },
  );
});

describe("scrcpy's version", () => {
  test("says how its server writes", () => {
    expect(["2.2", "2.7", "3.0.1", "3.3.4", "v3.1", "3.4-rc1"].map(scrcpyLayout)).toEqual(Array(6).fill("flags-63"));
    expect(["4.0", "4.1", "4.1.2", "10.0"].map(scrcpyLayout)).toEqual(Array(4).fill("session-packets"));
  });

  test("stands in the name of a downloaded file and in the program's first line", () => {
    expect(versionInFileName("/home/u/scrcpy-server-v4.1")).toBe("4.1");
    expect(versionInFileName("/home/u/scrcpy-server-v3.3.4.jar")).toBe("3.3.4");
    expect(versionInFileName("/usr/share/scrcpy/scrcpy-server")).toBeUndefined();
    expect(versionInProgramOutput("scrcpy 3.3.4 <https://example.org>\n\nDependencies: 1.2\n")).toBe("3.3.4");
    expect(versionInProgramOutput("something else 3.3")).toBeUndefined();
  });
});
