import { describe, expect, test } from "vitest";
import { createLogger, resolveLogFormat } from "../src/logger.ts";
import type { LogLevel, Logger } from "../src/logger.ts";
import { visibleText } from "../src/visible-text.ts";

/** A logger and the text it has written. */
function recordingLogger(format: "pretty" | "json", level: LogLevel = "debug"): { logger: Logger; text: () => string } {
  let text = "";
  const logger = createLogger({ level, format, sink: { write: (line) => void (text += line) } });
  return { logger, text: () => text };
}

/** An escape sequence, a control sequence in one character, a new line, an overwritten one, a hidden and a reversed text. */
const hostile = 'a\u001b[2J\u009b31m\r\n{"level":"info"}\u0007\u2028\u200b\u202etxt\u{e0041}b';
const obeyedByTerminals = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe.each(["pretty", "json"] as const)("a %s log", (format) => {
  test.each<[string, (logger: Logger) => void]>([
    ["a message", (logger) => logger.info(hostile)],
    ["a field", (logger) => logger.info({ stream: hostile }, "publish")],
    ["a field inside a field", (logger) => logger.info({ event: { list: [hostile] } }, "publish")],
    ["a field's name", (logger) => logger.info({ event: { [hostile]: 1 } }, "publish")],
  ])("stays one line of visible characters whatever is in %s", (_name, write) => {
    const { logger, text } = recordingLogger(format);
    write(logger);
    const line = text();
    expect(line.endsWith("\n")).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(obeyedByTerminals);
    expect(line).toContain("\\u001b[2J");
  });

  test("shows an error with its stack and nothing that a terminal obeys but line feeds", () => {
    const { logger, text } = recordingLogger(format);
    logger.error({ error: new Error(hostile) }, "internal error");
    expect(text()).toContain("log.test.ts");
    expect(text().replaceAll("\n", "")).not.toMatch(obeyedByTerminals);
    // What follows a line feed in the stack cannot pass for an entry: entries begin at the margin.
    const margin = format === "pretty" ? /^\[/ : /^\{/;
    expect(
      text()
        .split("\n")
        .filter((line) => margin.test(line)),
    ).toHaveLength(1);
  });
});

test("a JSON entry has level, time, fields and message, and gives texts back as they were", () => {
  const { logger, text } = recordingLogger("json");
  logger.info({ stream: hostile, bytes: 5 }, "publish");
  const entry = JSON.parse(text()) as Record<string, unknown>;
  expect(entry).toEqual({
    level: "info",
    time: expect.any(String) as string,
    stream: hostile,
    bytes: 5,
    msg: "publish",
  });
  expect(new Date(String(entry.time)).toISOString()).toBe(entry.time);
});

test("a pretty entry is time, level, message and fields", () => {
  const { logger, text } = recordingLogger("pretty");
  logger.info({ stream: "live/a" }, "publish");
  expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: publish \{"stream":"live\/a"\}\n$/);
});

test("values that JSON cannot say do not break a line", () => {
  const { logger, text } = recordingLogger("json");
  const circle: Record<string, unknown> = { big: 5n, nothing: undefined };
  circle.self = circle;
  logger.info({ circle }, "odd");
  expect(JSON.parse(text())).toMatchObject({ msg: "odd", circle: { big: 5 } });
});

test("a level leaves out what is below it", () => {
  const { logger, text } = recordingLogger("json", "warn");
  logger.info("no");
  logger.warn("yes");
  expect(text()).toContain("yes");
  expect(text()).not.toContain("no");
});

test.each<[string, "auto" | "json" | "pretty", boolean, Record<string, string>, string]>([
  ["a terminal", "auto", true, {}, "pretty"],
  ["a pipe", "auto", false, {}, "json"],
  ["a pipe under npm", "auto", false, { npm_lifecycle_event: "start" }, "pretty"],
  ["a pipe under nx", "auto", false, { NX_TASK_TARGET_PROJECT: "server" }, "pretty"],
  ["a pipe under npm in production", "auto", false, { npm_lifecycle_event: "start", NODE_ENV: "production" }, "json"],
  ["a terminal where JSON is asked for", "json", true, {}, "json"],
  ["a pipe where pretty is asked for", "pretty", false, {}, "pretty"],
])("on %s the log is as a reader there wants it", (_name, format, isTerminal, environment, expected) => {
  expect(resolveLogFormat(format, isTerminal, environment)).toBe(expected);
});

test("visible text is left alone, in every script", () => {
  expect(visibleText('Größe 東京 😀 \\ "x"')).toBe('Größe 東京 😀 \\ "x"');
});
