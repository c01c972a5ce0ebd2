import { AdbError } from "./adb-error.ts";

/** A phone as the adb server lists it. */
export interface AdbDevice {
  readonly serial: string;
  /** The server's own word; `"device"` is the one that can be used. */
  readonly state: string;
  /** For people: the model if the server knows it, else the serial. */
  readonly name: string;
}

/** Reads the answer to `host:devices-l`: one line each, serial, state, and words like `model:Pixel_9`. */
export function parseAdbDevices(list: string): readonly AdbDevice[] {
  const devices: AdbDevice[] = [];
  for (const line of list.split("\n")) {
    const [, serial, rest] = /^(\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (serial === undefined || rest === undefined) continue;
    const state = rest.startsWith("no permissions") ? "no permissions" : (rest.split(/\s/, 1)[0] ?? "");
    const model = /\bmodel:(\S+)/.exec(rest)?.[1];
    devices.push({ serial, state, name: model?.replaceAll("_", " ") ?? serial });
  }
  return devices;
}

/**
 * Chooses the phone with `serial`, or the only one that can be used. Throws an `AdbError` that says what to do if there
 * is none, if there are several, or if the one there is cannot be used.
 */
export function chooseAdbDevice(devices: readonly AdbDevice[], serial?: string): AdbDevice {
  if (serial !== undefined) {
    const device = devices.find((candidate) => candidate.serial === serial);
    if (device === undefined) {
      throw new AdbError(
        "ADB_NO_DEVICE",
        `no phone with the serial ${serial} is connected: plug it in${known(devices)}`,
      );
    }
    if (device.state !== "device") throw unusable(device);
    return device;
  }
  const usable = devices.filter((device) => device.state === "device");
  const [device, another] = usable;
  if (device === undefined) throw devices[0] === undefined ? noDevice() : unusable(devices[0]);
  if (another !== undefined) {
    throw new AdbError("ADB_SEVERAL_DEVICES", `several phones are connected: choose one by its serial${known(usable)}`);
  }
  return device;
}

function known(devices: readonly AdbDevice[]): string {
  return devices.length === 0 ? "" : ` (connected: ${devices.map((device) => device.serial).join(", ")})`;
}

function noDevice(): AdbError {
  return new AdbError("ADB_NO_DEVICE", "no phone is connected: plug one in and turn on USB debugging on it");
}

function unusable(device: AdbDevice): AdbError {
  switch (device.state) {
    case "unauthorized":
    case "authorizing":
      return new AdbError(
        "ADB_UNAUTHORIZED",
        `the phone ${device.serial} does not trust this computer: unlock it and allow USB debugging`,
      );
    case "no permissions":
      return new AdbError(
        "ADB_NO_PERMISSION",
        `this user may not open the phone ${device.serial}: add udev rules for it or join the group plugdev`,
      );
    default:
      return new AdbError(
        "ADB_OFFLINE",
        `the phone ${device.serial} is ${JSON.stringify(device.state)}: unlock it, or pull the cable and plug it in again`,
      );
  }
}
