import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { linkSecret, linkToken } from "../../src/state/link-tokens.ts";
import { StateFolder, usualStateFolder } from "../../src/state/state-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const target = "rtmp://127.0.0.1/live/phone";

test("a target's token is the same after a restart, and another for each target and each machine", () => {
  const folder = temporaryFolder();
  const token = linkToken(linkSecret(new StateFolder(folder), false), target);
  expect(token).toMatch(/^[\w-]{24}$/);
  expect(linkToken(linkSecret(new StateFolder(folder), false), target)).toBe(token);
  expect(linkToken(linkSecret(new StateFolder(folder), false), `${target}2`)).not.toBe(token);
  expect(linkToken(linkSecret(new StateFolder(temporaryFolder()), false), target)).not.toBe(token);
  expect(statSync(join(folder, "link-secret")).mode & 0o777).toBe(0o600);
});

test("new links open what those of before did not, and stay", () => {
  const folder = new StateFolder(temporaryFolder());
  const before = linkSecret(folder, false);
  const after = linkSecret(folder, true);
  expect(after).not.toEqual(before);
  expect(linkSecret(folder, false)).toEqual(after);
});

test.each(["", "short", "x".repeat(43), `${"A".repeat(43)}B`])("a secret file with %j in it is refused", (text) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "link-secret"), text);
  expect(() => linkSecret(new StateFolder(folder), false)).toThrow(/holds no secret of this program: --new-links/);
  expect(linkSecret(new StateFolder(folder), true)).toHaveLength(32);
});

test("state lies where the system wants it", () => {
  expect(usualStateFolder({ XDG_STATE_HOME: "/state", HOME: "/home/a" })).toBe("/state/android-push-bridge");
  expect(usualStateFolder({ HOME: "/home/a" })).toBe("/home/a/.local/state/android-push-bridge");
});
