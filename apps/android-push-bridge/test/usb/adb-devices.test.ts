import { describe, expect, test } from "vitest";
import { isLocal, resolveAdbAddress } from "../../src/usb/adb-address.ts";
import { chooseAdbDevice, parseAdbDevices } from "../../src/usb/adb-devices.ts";
import { failure } from "./failure.ts";

const list = [
  "4A111FDAQ0003V         device usb:1-2 product:oriole model:Pixel_6 device:oriole transport_id:1",
  "R58M12             unauthorized usb:1-3 transport_id:2",
  "HT7A1              no permissions (user in plugdev group; are your udev rules wrong?); see [http://x] usb:1-4",
  "192.0.2.7:5555     offline transport_id:4",
  "",
].join("\n");
const [pixel, unauthorized, forbidden, offline] = parseAdbDevices(list);

describe("the list of phones", () => {
  test("names each with its state and, if known, its model", () => {
    expect(parseAdbDevices(list)).toEqual([
      { serial: "4A111FDAQ0003V", state: "device", name: "Pixel 6" },
      { serial: "R58M12", state: "unauthorized", name: "R58M12" },
      { serial: "HT7A1", state: "no permissions", name: "HT7A1" },
      { serial: "192.0.2.7:5555", state: "offline", name: "192.0.2.7:5555" },
    ]);
  });

  test("may be empty or nonsense", () => {
    expect(parseAdbDevices("")).toEqual([]);
    expect(parseAdbDevices("\n\u0000\n   \nword\n")).toEqual([]);
  });
});

describe("the phone that is used", () => {
  test("is the only one that can be used, whatever else is connected", () => {
    expect(chooseAdbDevice([unauthorized!, pixel!, offline!])).toBe(pixel);
  });

  test("is the one that was named, among several", () => {
    const another = { serial: "B", state: "device", name: "B" };
    expect(chooseAdbDevice([another, pixel!], pixel!.serial)).toBe(pixel);
    expect(() => chooseAdbDevice([another, pixel!])).toThrow(failure("ADB_SEVERAL_DEVICES", "B, 4A111FDAQ0003V"));
  });

  test.each([
    ["no phone", [], undefined, "ADB_NO_DEVICE", "USB debugging"],
    ["another phone than the named one", [pixel!], "X1", "ADB_NO_DEVICE", "connected: 4A111FDAQ0003V"],
    ["a phone that has not been asked", [unauthorized!], undefined, "ADB_UNAUTHORIZED", "allow USB debugging"],
    ["a named phone that has not been asked", [unauthorized!, pixel!], "R58M12", "ADB_UNAUTHORIZED", "allow"],
    ["a phone that this user may not open", [forbidden!], undefined, "ADB_NO_PERMISSION", "udev"],
    ["a phone that does not answer", [offline!], undefined, "ADB_OFFLINE", "plug it in again"],
  ])("is none with %s, and the error says what to do", (_name, devices, serial, code, words) => {
    expect(() => chooseAdbDevice(devices, serial)).toThrow(failure(code, words));
  });
});

describe("the adb server's address", () => {
  test.each([
    ["nothing", {}, {}, "127.0.0.1", 5037],
    ["a port in the environment", {}, { ANDROID_ADB_SERVER_PORT: "5038" }, "127.0.0.1", 5038],
    ["an address in the environment", {}, { ANDROID_ADB_SERVER_ADDRESS: "192.0.2.1" }, "192.0.2.1", 5037],
    ["a socket with a host", {}, { ADB_SERVER_SOCKET: "tcp:192.0.2.1:5039" }, "192.0.2.1", 5039],
    ["a socket with an IPv6 host", {}, { ADB_SERVER_SOCKET: "tcp:[::1]:5039" }, "::1", 5039],
    ["a socket without a host", {}, { ADB_SERVER_SOCKET: "tcp:5039", ANDROID_ADB_SERVER_PORT: "1" }, "127.0.0.1", 5039],
    ["an option", { port: 6000 }, { ANDROID_ADB_SERVER_PORT: "5038" }, "127.0.0.1", 6000],
    ["empty variables", {}, { ADB_SERVER_SOCKET: "", ANDROID_ADB_SERVER_PORT: "" }, "127.0.0.1", 5037],
  ])("follows from %s", (_name, given, environment, host, port) => {
    expect(resolveAdbAddress(given, environment)).toEqual({ host, port });
  });

  test.each([
    { ADB_SERVER_SOCKET: "localabstract:adb" },
    { ADB_SERVER_SOCKET: "tcp:h:99999" },
    { ANDROID_ADB_SERVER_PORT: "0" },
    { ANDROID_ADB_SERVER_PORT: "1e3" },
  ])("is not guessed from %o", (environment) => {
    expect(() => resolveAdbAddress({}, environment)).toThrow(failure("ADB_BAD_ADDRESS"));
  });

  test("is on this machine only if it is a loopback", () => {
    expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].map((host) => isLocal({ host, port: 1 }))).not.toContain(
      false,
    );
    expect(isLocal({ host: "192.0.2.1", port: 1 })).toBe(false);
    expect(() => resolveAdbAddress({ port: 65_536 }, {})).toThrow(RangeError);
  });
});
