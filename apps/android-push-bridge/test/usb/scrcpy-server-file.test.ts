import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findScrcpyServer } from "../../src/usb/scrcpy-server-file.ts";
import { failure } from "./failure.ts";

let folder = "";
let bin = "";
const bytes = Buffer.from("the server");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scrcpy-"));
  bin = join(folder, "bin");
  await mkdir(bin);
  await mkdir(join(folder, "share/scrcpy"), { recursive: true });
  await writeFile(join(folder, "share/scrcpy/scrcpy-server"), bytes);
  await writeFile(join(folder, "scrcpy-server-v4.1"), bytes);
  await writeFile(join(folder, "large"), "");
  await truncate(join(folder, "large"), 9 * 1024 * 1024);
  await writeFile(join(bin, "scrcpy"), "#!/bin/sh\necho 'scrcpy 3.3.4 <https://example.org>'\n");
  await chmod(join(bin, "scrcpy"), 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

describe("scrcpy's server", () => {
  test("is the file that was named, with the version in its name", async () => {
    const path = join(folder, "scrcpy-server-v4.1");
    await expect(findScrcpyServer({ scrcpyServer: path }, {})).resolves.toEqual({
      path,
      version: "4.1",
      content: bytes,
    });
    const found = await findScrcpyServer({ scrcpyVersion: "4.0" }, { SCRCPY_SERVER_PATH: path });
    expect(found.version).toBe("4.0");
  });

  test("is found beside the scrcpy program, which says its version", async () => {
    const found = await findScrcpyServer({}, { PATH: `${bin}:/bin` });
    expect(found).toEqual({ path: join(folder, "share/scrcpy/scrcpy-server"), version: "3.3.4", content: bytes });
  });

  test("that is not there is asked for", async () => {
    const missing = failure("SCRCPY_SERVER_NOT_FOUND", "--scrcpy-server");
    await expect(findScrcpyServer({ scrcpyServer: join(folder, "none") }, {})).rejects.toEqual(missing);
    await expect(findScrcpyServer({ scrcpyServer: folder }, {})).rejects.toEqual(missing);
    await expect(findScrcpyServer({ scrcpyServer: join(folder, "large") }, {})).rejects.toEqual(missing);
  });

  test("of an unknown version is not guessed at", async () => {
    const path = join(folder, "share/scrcpy/scrcpy-server");
    const unknown = failure("SCRCPY_VERSION_UNKNOWN", "--scrcpy-version");
    await expect(findScrcpyServer({ scrcpyServer: path }, { PATH: "/nowhere" })).rejects.toEqual(unknown);
    const old = failure("SCRCPY_UNSUPPORTED_VERSION", "2.2");
    await expect(findScrcpyServer({ scrcpyServer: path, scrcpyVersion: "1.25" }, {})).rejects.toEqual(old);
  });
});
