import { CommandLineExit } from "@rtmp/app-kit";
import { expect, test } from "vitest";
import { parseCommandLine } from "../src/config/command-line.ts";
import { optionName } from "../src/config/setting.ts";
import { settings } from "../src/config/settings.ts";
import { version } from "../src/version.ts";

/** How the program leaves for `args`, and what it has said. */
function leave(args: readonly string[]): { exitCode: number; out: string; error: string } {
  const said = { out: "", error: "" };
  const output = { out: (text: string) => void (said.out += text), error: (text: string) => void (said.error += text) };
  try {
    parseCommandLine(args, output);
  } catch (error) {
    if (error instanceof CommandLineExit) return { exitCode: error.exitCode, ...said };
    throw error;
  }
  throw new Error("it went on");
}

test.each(["--help", "-h"])("%s names every setting's option and exits with 0", (option) => {
  const { exitCode, out } = leave([option]);
  expect(exitCode).toBe(0);
  for (const setting of settings) {
    if (setting.key === "publishKeys") continue; // command lines are visible to others
    expect(out).toContain(
      setting.defaultValue === true ? optionName(setting).replace("--", "--no-") : optionName(setting),
    );
  }
  expect(out).not.toContain("--publish-keys");
});

test.each(["--version", "-V"])("%s says the version alone and exits with 0", (option) => {
  expect(leave([option])).toEqual({ exitCode: 0, out: `${version}\n`, error: "" });
});

test.each([
  [["--prot", "5"], "(Did you mean --port?)"],
  [["--port"], "argument missing"],
  [["serve"], "too many arguments"],
  [["--publish-keys", "{}"], "unknown option '--publish-keys'"],
])("%j is refused with 2 and a word about it", (args, words) => {
  const { exitCode, out, error } = leave(args);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(error).toContain(words);
});
