import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../src/logger.ts";
import { handleSignals } from "../src/signals.ts";

interface Process {
  readonly signals: EventEmitter;
  readonly exits: number[];
  readonly reload: () => void;
  readonly lines: () => readonly string[];
}

/** A process whose server closes when `close` resolves. */
function processWith(close: () => Promise<void>): Process {
  const signals = new EventEmitter();
  const exits: number[] = [];
  let text = "";
  const logger = createLogger({ level: "info", format: "json", sink: { write: (line) => void (text += line) } });
  const reload = vi.fn<() => void>();
  handleSignals(logger, { close, reload, exit: (exitCode) => void exits.push(exitCode) }, signals);
  const lines = (): readonly string[] =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  return { signals, exits, reload, lines };
}

const never = (): Promise<void> => new Promise(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each(["SIGINT", "SIGTERM"])("%s ends in good order and exits with 0", async (signal) => {
  const { signals, exits, lines } = processWith(() => Promise.resolve());
  signals.emit(signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(exits).toEqual([0]);
  expect(lines()).toEqual(["stopping", "stopped"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(exits).toEqual([0]);
});

test("what does not end is left behind after five seconds, with exit code 0", async () => {
  const { signals, exits, lines } = processWith(never);
  signals.emit("SIGTERM");
  await vi.advanceTimersByTimeAsync(4999);
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(exits).toEqual([0]);
  expect(lines()).toEqual(["stopping", "stopped before everything was sent"]);
});

test("an end that fails is logged and is an end nevertheless", async () => {
  const { signals, exits, lines } = processWith(() => Promise.reject(new Error("no")));
  signals.emit("SIGTERM");
  await vi.advanceTimersByTimeAsync(0);
  expect(exits).toEqual([0]);
  expect(lines()).toEqual(["stopping", "stopped with an error"]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
])("a second signal, %s, exits at once with %i", async (signal, exitCode) => {
  const { signals, exits } = processWith(never);
  signals.emit("SIGTERM");
  await vi.advanceTimersByTimeAsync(300);
  signals.emit(signal);
  expect(exits).toEqual([exitCode]);
});

test("the same Ctrl+C passed on by a task runner is no second signal", async () => {
  const { signals, exits } = processWith(never);
  signals.emit("SIGINT");
  signals.emit("SIGINT");
  await vi.advanceTimersByTimeAsync(10);
  signals.emit("SIGTERM");
  expect(exits).toEqual([]);
});

test("SIGHUP reloads and ends nothing", async () => {
  const { signals, exits, reload } = processWith(never);
  signals.emit("SIGHUP");
  signals.emit("SIGHUP");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(reload).toHaveBeenCalledTimes(2);
  expect(exits).toEqual([]);
});
