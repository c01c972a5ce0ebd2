import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BridgeProcess } from "../bridge-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** An adb server that has two phones with such serials as no factory gives. */
async function adbWith(devices: string): Promise<Server> {
  const answers = new Map([
    ["host:version", "0029"],
    ["host:devices-l", devices],
  ]);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (request) => {
      const text = answers.get(request.subarray(4).toString()) ?? "";
      socket.end(`OKAY${Buffer.byteLength(text).toString(16).padStart(4, "0")}${text}`);
    });
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

test("what a phone calls itself steers no terminal, neither in the log nor in the program's last words", async () => {
  const adb = await adbWith("\u001b]0;mine\u0007 device\n\u009b2J device model:\u001b[2J\n");
  const file = join(temporaryFolder(), "scrcpy-server-v4.1");
  writeFileSync(file, "nothing is started");
  const cable = ["--source", "adb", "--adb-port", String((adb.address() as AddressInfo).port)];
  using bridge = new BridgeProcess([...cable, "--scrcpy-server", file]);
  const { exitCode, stdout, stderr } = await bridge.end();
  expect(exitCode).toBe(1);
  expect(stderr).toContain("several phones are connected");
  expect(stdout + stderr).not.toMatch(/[\u0007\u001b\u009b]/);
});
