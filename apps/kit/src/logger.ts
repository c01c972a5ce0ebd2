import { pino } from "pino";
import type { Logger } from "pino";
import { prettyFactory } from "pino-pretty";
import { visibleText } from "./visible-text.ts";

export type { Logger } from "pino";

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How much is logged: `debug` everything, `silent` nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Where lines of the log go, each with its line feed. */
export interface LogSink {
  write(line: string): void;
}

/** How a log looks. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
  /** Colours, for pretty lines only. */
  readonly isColored?: boolean;
  readonly sink: LogSink;
}

/** Fields that pretty lines leave out because the message says the same. */
const saidByMessage = "listening";

/**
 * Makes a log of one line per entry. Whatever a client sends, it stays inside its entry and nothing of it reaches the
 * terminal but visible characters.
 */
export function createLogger(options: LogOptions): Logger {
  const { level, format, sink } = options;
  const toLine = format === "json" ? jsonLine : prettyLines(options.isColored ?? false);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line: string) => sink.write(toLine(line)) },
  );
}

/** The standard output, written before the call returns: the last words of a process are not lost. */
export function standardOutput(): LogSink {
  const destination = pino.destination({ dest: 1, sync: true });
  return { write: (line) => void destination.write(line) };
}

/**
 * What `auto` means: pretty where a person looks, on a terminal and under `npm run` or `nx run`, which pass the output
 * on; JSON under everything else.
 */
export function resolveLogFormat(
  format: "auto" | "pretty" | "json",
  isTerminal: boolean,
  environment: Environment,
): "pretty" | "json" {
  if (format !== "auto") return format;
  return isReadByPerson(isTerminal, environment) ? "pretty" : "json";
}

/** Whether a person reads the standard output: it is a terminal, or a task runner on a developer's machine passes it on. */
export function isReadByPerson(isTerminal: boolean, environment: Environment): boolean {
  const isUnderTaskRunner = Boolean(environment.npm_lifecycle_event ?? environment.NX_TASK_TARGET_PROJECT);
  return isTerminal || (isUnderTaskRunner && environment.NODE_ENV !== "production");
}

/** JSON has escaped the old control characters; the newer ones and what hides text are left. */
function jsonLine(line: string): string {
  return `${visibleText(line.trimEnd())}\n`;
}

function prettyLines(isColored: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize: isColored,
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: saidByMessage,
  });
  return (line) => pretty(visibleValue(JSON.parse(line)));
}

/** The value with every text in it made visible, keys too. A stack keeps its line feeds. */
function visibleValue(value: unknown, key?: string): unknown {
  if (typeof value === "string") {
    return key === "stack" ? value.split("\n").map(visibleText).join("\n") : visibleText(value);
  }
  if (Array.isArray(value)) return value.map((element) => visibleValue(element));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [visibleText(name), visibleValue(inner, name)]),
  );
}
