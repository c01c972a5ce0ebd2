import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("when the primary is killed, its loops end and leave nothing behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reactor-test-"));
  const file = fileURLToPath(new URL("./orphan-primary.ts", import.meta.url));
  const primary = spawn(process.execPath, ["--conditions=@rtmp/source", file], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(primary.stdout), "line")) as [string];
  expect(line).toBe("ready");
  const [meetingPoint = ""] = readdirSync(folder);
  expect(statSync(join(folder, meetingPoint)).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, meetingPoint)).sort()).toEqual(["0", "1", "2"]);

  primary.kill("SIGKILL");
  await once(primary, "close"); // its standard output is closed when nobody has it any more, the loops included
  expect(readdirSync(folder)).toEqual([]);
  rmdirSync(folder);
});
