import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hex } from "@rtmp/testkit";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { compilerOptions } from "./exported-symbols.ts";
import { packageNamed, packageNames, read, root } from "./workspace.ts";

/** A folder outside of the workspace where `@rtmp/…` resolves. */
const folder = mkdtempSync(join(tmpdir(), "rtmp-readme-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
afterAll(() => rmSync(folder, { recursive: true }));

// What a program may expect to find: a file with one key frame.
writeFileSync(
  join(folder, "camera.flv"),
  hex("464c56 01 01 00000009 00000000  09 000009 000028 00 000000 17 01 000000 00000065 00000014"),
);

/** The program of a README in a file of its own. */
interface Program {
  readonly language: string;
  readonly text: string;
  readonly path: string;
}

function programOf(name: string): Program {
  const readme = read(`${packageNamed(name).folder}/README.md`);
  const [, language = "", text = ""] = /^```(ts|js)\n(.*?)^```$/ms.exec(readme) ?? [];
  const path = join(folder, `${name.replace("@rtmp/", "")}.${language}`);
  writeFileSync(path, `${text}\nexport {};\n`);
  return { language, text, path };
}

/** Runs a file from the sources of the packages; returns what it printed. */
async function execute(path: string): Promise<string> {
  const args = ["--conditions=@rtmp/source", path];
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env, timeout: 10_000 });
  return stdout;
}

/** What the compiler finds wrong with the programs in a language. */
function faultsOf(language: string, options: ts.CompilerOptions): readonly string[] {
  const programs = packageNames().map(programOf);
  const paths = programs.filter((program) => program.language === language).map(({ path }) => path);
  const program = ts.createProgram(paths, { ...compilerOptions, noUnusedLocals: false, ...options });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName.split("/").at(-1) ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

test("every README has a program", () => {
  expect(packageNames().filter((name) => programOf(name).text === "")).toEqual([]);
});

test("the smallest programs in TypeScript pass the workspace's own strict check", () => {
  expect(faultsOf("ts", {})).toEqual([]);
}, 60_000);

test("the smallest programs in JavaScript use the packages by their types", () => {
  expect(faultsOf("js", { allowJs: true, checkJs: true, strict: false, exactOptionalPropertyTypes: false })).toEqual(
    [],
  );
}, 60_000);

/** As one line without commas: a comment and the console break lines and lists in different places. */
function flattened(text: string): string {
  return text.replaceAll(/[\s,]+/g, " ").trim();
}

// A program that opens sockets is run by the tests of its package and the examples, not here.
const closed = packageNames("io:none").filter((name) => !programOf(name).text.includes("node:net"));

describe("the smallest program of a package without I/O", () => {
  test.for(closed)("%s runs to its end and prints what its comments say", async (name) => {
    const { text, path } = programOf(name);
    const printed = await execute(path);
    expect(printed).not.toBe("");
    const promised = [...text.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, words]) => words ?? "");
    for (const words of promised) {
      const parts = flattened(words).split("…"); // stands for anything
      const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
      expect(flattened(printed)).toMatch(new RegExp(pattern));
    }
  });
});
