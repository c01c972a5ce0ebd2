import { readFileSync } from "node:fs";
import type { Option } from "commander";
import { expect, test } from "vitest";
import { parseCommandLine, programOptions } from "../src/command-line.ts";
import { prometheusText } from "../src/figures/prometheus.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The cells of every table row, without the padding of Markdown. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function rowOf({ flags, description, defaultValue }: Option): readonly string[] {
  const hasDefault = typeof defaultValue === "string" || typeof defaultValue === "number";
  return [`\`${flags}\``, hasDefault ? `\`${defaultValue}\`` : "", description];
}

test("the table of options says what the program does", () => {
  const rows = rowsOf(readme).filter(([cell]) => cell?.startsWith("`--"));
  expect(rows).toEqual(programOptions.filter(({ long }) => long !== "--help").map(rowOf));
});

test("the metrics that are named are there", async () => {
  const stats = { version: "", uptimeMs: 0, refusedConnections: 0, connections: 0, streams: [] };
  const { text } = await prometheusText().render(stats);
  const named = [...readme.matchAll(/`(bridge_[a-z_]+)`/g)].map(([, name]) => name ?? "");
  expect(named.length).toBeGreaterThan(8);
  for (const name of named) expect(text).toContain(`# HELP ${name} `);
});

test("the commands are ones that the program takes", () => {
  const commands = [...readme.matchAll(/(?:dist\/main\.js|android-push-bridge:serve --) (.*)$/gm)];
  expect(commands.length).toBeGreaterThan(2);
  for (const [, args = ""] of commands) {
    const output = { out: () => undefined, error: (text: string): never => expect.unreachable(text) };
    expect(parseCommandLine(args.split(" "), { HOME: "/" }, output).targets).toHaveLength(1);
  }
});
