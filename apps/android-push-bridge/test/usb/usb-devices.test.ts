import { beforeAll, describe, expect, test } from "vitest";
import { FrameKind } from "../../src/protocol/frame.ts";
import { AdbClient } from "../../src/usb/adb-client.ts";
import { ensureAdbServer } from "../../src/usb/adb-server.ts";
import { adbHome, freePort, runAdb } from "./adb-program.ts";
import { failure } from "./failure.ts";
import { aacTrack, h264Track } from "./phone-media.ts";
import type { EncodedTrack } from "./phone-media.ts";
import { PretendPhone } from "./pretend-phone.ts";
import type { PretendScrcpy } from "./pretend-phone.ts";
import { UsbBench, nextServer, sendTrack } from "./usb-bench.ts";

let picture: EncodedTrack;
let later: EncodedTrack;
let sound: EncodedTrack;

beforeAll(async () => {
  [picture, later, sound] = await Promise.all([
    h264Track("320x180", 9_000_000_000),
    h264Track("320x180", 9_010_000_000),
    aacTrack(9_000_000_000),
  ]);
});

function send(server: PretendScrcpy, video: EncodedTrack): void {
  server.begin(320, 180);
  server.sendConfig("audio", sound.config);
  sendTrack(server, "video", video);
}

describe("a phone that is unplugged", () => {
  test("is waited for, and goes on with its timeline when it is back", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run();
    send(await started, picture);
    await bench.stream.frames(0, "video", picture.frames.length + 1);
    await phone.adbd.pullOut();
    await bench.stream.until(() => bench.stream.feeds[0]?.detached === "lost");
    await bench.stream.warned("plug it in again");
    const again = nextServer(phone);
    await bench.plugIn(phone);
    send(await again, later);
    await bench.stream.frames(1, "video", later.frames.length + 1);
    const [first, second] = bench.stream.feeds;
    expect(second?.session).toBe(first?.session);
    expect(second?.track("video")[0]?.kind).toBe(FrameKind.VideoConfig);
    const scids = phone.commands.map((command) => /scid=(\w+)/.exec(command)?.[1]);
    expect(new Set(scids).size).toBe(phone.commands.length);
  });

  test("begins a new timeline if it was started anew meanwhile", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run({ hasAudio: false });
    send(await started, picture);
    await bench.stream.frames(0, "video", picture.frames.length + 1);
    await phone.adbd.pullOut();
    await bench.stream.until(() => bench.stream.feeds[0]?.detached === "lost");
    const again = nextServer(phone);
    await bench.plugIn(phone);
    send(await again, await h264Track("320x180", 5_000_000));
    await bench.stream.frames(1, "video", 1);
    expect(bench.stream.feeds[1]?.session).not.toBe(bench.stream.feeds[0]?.session);
  });

  test("in the middle of a picture loses that picture and nothing else", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run();
    const server = await started;
    send(server, picture);
    server.video.write(Buffer.from("000000000000000000001000aabb", "hex"));
    await bench.stream.frames(0, "video", picture.frames.length + 1);
    await phone.adbd.pullOut();
    await bench.stream.until(() => bench.stream.feeds[0]?.detached === "lost");
    expect(bench.stream.feeds[0]?.track("video")).toHaveLength(picture.frames.length + 1);
  });

  test("is not replaced by another that is plugged in meanwhile", async () => {
    const [phone, other] = [new PretendPhone(), new PretendPhone()];
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run();
    const server = await started;
    send(server, picture);
    await bench.stream.frames(0, "video", picture.frames.length + 1);
    await bench.plugIn(other);
    const again = nextServer(phone);
    server.end();
    await again;
    expect(other.commands).toEqual([]);
  });
});

describe("the user is told what to do", () => {
  test("with no phone: to plug one in, and it is used as soon as it is there", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start();
    void bench.run();
    await bench.stream.warned("plug one in and turn on USB debugging");
    const started = nextServer(phone);
    await bench.plugIn(phone);
    send(await started, picture);
    await bench.stream.frames(0, "video", 1);
    expect(bench.stream.warnings.filter((line) => line.includes("ADB_NO_DEVICE"))).toHaveLength(1);
  });

  test("with a phone that does not trust the computer: to allow it, and then it is used", async () => {
    const phone = new PretendPhone({ isTrusting: false });
    await using bench = await UsbBench.start(phone);
    void bench.run();
    await bench.stream.warned("allow USB debugging");
    const started = nextServer(phone);
    phone.adbd.isTrusting = true;
    await bench.plugIn(phone);
    await started;
  });

  test("with two phones: to choose one", async () => {
    const phones = [new PretendPhone(), new PretendPhone()] as const;
    await using bench = await UsbBench.start(...phones);
    await expect(bench.run()).rejects.toEqual(failure("ADB_SEVERAL_DEVICES", phones[1].adbd.serial));
    const started = nextServer(phones[1]);
    void bench.run({ serial: phones[1].adbd.serial });
    await started;
    expect(phones[0].commands).toEqual([]);
  });

  test("with a server's file of another version: which version it is", async () => {
    const phone = new PretendPhone({ serverVersion: "3.3.4" });
    await using bench = await UsbBench.start(phone);
    await expect(bench.run()).rejects.toEqual(failure("SCRCPY_VERSION_MISMATCH", "--scrcpy-version 3.3.4"));
  });

  test("with a phone that is too old: in the server's own words", async () => {
    const words = "[server] ERROR: Camera mirroring is not supported before Android 12";
    const phone = new PretendPhone({ failure: [words] });
    await using bench = await UsbBench.start(phone);
    void bench.run();
    await bench.stream.warned(`did not start on the phone: ${words} (SCRCPY_DID_NOT_START)`);
    await bench.stream.until(() => phone.commands.length > 1);
  });

  test("with a camera that cannot be opened: in the server's own words", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run();
    const server = await started;
    server.shell.write(Buffer.from("[server] ERROR: Camera is in use\n"));
    server.end();
    await bench.stream.warned("sends no pictures on the phone: [server] ERROR: Camera is in use (SCRCPY_NO_VIDEO)");
  });

  test("with a camera that gives nothing: to unlock the phone", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    void bench.run({}, { idleTimeoutMs: 50 });
    const server = await started;
    const left = new Promise<void>((resolve) => (server.video.onClose = resolve));
    server.begin(320, 180);
    await bench.stream.warned("no picture for 50 ms: unlock it");
    await left;
  });

  test("with a phone that cannot store the server: in the phone's own words", async () => {
    const phone = new PretendPhone({ storeError: "No space left on device" });
    await using bench = await UsbBench.start(phone);
    void bench.run();
    await bench.stream.warned("No space left on device (ADB_REFUSED)");
    expect(phone.commands).toEqual([]);
  });

  test("with options that no phone takes, before any phone is asked", async () => {
    await using bench = await UsbBench.start();
    await expect(bench.run({ size: "large" })).rejects.toEqual(failure("SCRCPY_BAD_OPTION", "1280x720"));
    await expect(bench.run({ scrcpyServer: "/nowhere" })).rejects.toEqual(
      failure("SCRCPY_SERVER_NOT_FOUND", "--scrcpy-server"),
    );
  });
});

describe("the adb server", () => {
  test("is started by the real adb if none runs", async () => {
    await using home = await adbHome();
    const address = { host: "127.0.0.1", port: await freePort() };
    try {
      await ensureAdbServer(address, home.environment);
      expect(await new AdbClient(address).version()).toBeGreaterThan(30);
      await ensureAdbServer(address, home.environment);
    } finally {
      await runAdb(home, address.port, "kill-server");
    }
  });

  test("that ends while a phone sends is a lost phone, and is asked for where no adb can start it", async () => {
    const phone = new PretendPhone();
    await using bench = await UsbBench.start(phone);
    const started = nextServer(phone);
    const ran = bench.run({}, { environment: { ADB: "/nowhere/adb" } });
    send(await started, picture);
    await bench.stream.frames(0, "video", picture.frames.length + 1);
    await bench.adb.stop();
    await expect(ran).rejects.toEqual(failure("ADB_NO_PROGRAM", "install adb"));
    expect(bench.stream.feeds[0]?.detached).toBe("lost");
  });
});
