import { decode, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import type { StatusCode } from "@rtmp/session";
import type { Question } from "./admission.ts";
import type { CoreReport } from "./core-report.ts";
import type { CodedError, ServerEvents } from "./events.ts";
import type { CoreOptions, ServerLog } from "./options.ts";

/** What a loop is told when it starts. */
export interface LoopSettings {
  readonly options: CoreOptions;
  /** The questions that have to be put to the first process; the others are answered with yes. `publish` always is: names are given out there. */
  readonly asks: readonly Question["what"][];
}

/** Something to say in the log, from a loop. */
export interface LogLine {
  readonly level: keyof ServerLog;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** From a loop to the first process; several travel in one array. `id` is answered by the message of the same id. */
export type MessageToHub =
  | { readonly type: "ask"; readonly id: number; readonly question: unknown }
  | { readonly type: "abandon"; readonly id: number }
  | { readonly type: "release" | "watch" | "unwatch"; readonly streamPath: string }
  | { readonly type: "event"; readonly name: keyof ServerEvents; readonly args: readonly unknown[] }
  | ({ readonly type: "log" } & LogLine)
  | { readonly type: "reply"; readonly id: number; readonly value: unknown };

/** From the first process to a loop; several travel in one array. */
export type MessageToLoop =
  /** `watchers` have viewers who wait for the stream to be published; `tenure` is that of the directory. */
  | {
      readonly type: "accepted";
      readonly id: number;
      readonly watchers: readonly number[];
      readonly tenure: number;
    }
  | {
      readonly type: "refused";
      readonly id: number;
      readonly code: StatusCode | undefined;
      readonly description: string;
    }
  | {
      readonly type: "owner";
      readonly streamPath: string;
      readonly owner: number | undefined;
      readonly tenure: number;
    }
  | { readonly type: "give-way"; readonly id: number; readonly streamPath: string }
  | { readonly type: "report"; readonly id: number }
  /** The reply comes when no stream is published anywhere and its last messages are here. */
  | { readonly type: "finish"; readonly id: number }
  | { readonly type: "disconnect"; readonly connectionId: number; readonly reason: string }
  | {
      readonly type: "reconnect";
      readonly id: number;
      readonly connectionId: number;
      readonly request: ReconnectRequest;
    };

/** Where a client is asked to go. */
export interface ReconnectRequest {
  readonly tcUrl?: string;
  readonly description?: string;
}

/** A question in a form that travels: AMF0 values keep their kind as AMF0, a query as text. */
export function packQuestion(question: Question): unknown {
  const { request } = question;
  if (question.what === "connect") {
    return { ...question, request: { ...request, commandObject: encode(question.request.commandObject) } };
  }
  return { ...question, request: { ...request, query: String(question.request.query) } };
}

export function unpackQuestion(packed: unknown): Question {
  const question = packed as Question;
  if (question.what === "connect") {
    const commandObject = decode(question.request.commandObject as unknown as Uint8Array) as Record<string, Amf0Value>;
    return { ...question, request: { ...question.request, commandObject } };
  }
  const query = new URLSearchParams(question.request.query);
  return { ...question, request: { ...question.request, query } };
}

/** A report in a form that travels. */
export function packReport(report: CoreReport): unknown {
  const streams = report.streams.map((stream) => ({
    ...stream,
    metadata: encode(isModest(stream.metadata) ? stream.metadata : undefined),
  }));
  return { ...report, streams };
}

/** What metadata may cost on its way to the first process, roughly in bytes: many times what encoders send. */
const maxMetadataCost = 16 * 1024;

/**
 * Whether metadata is worth telling in every report. A few thousand bytes of it can refer to one object a thousand
 * times, and become a megabyte for each stream.
 */
function isModest(metadata: Amf0Value): boolean {
  let left = maxMetadataCost;
  const visit = (value: unknown): void => {
    left -= 16 + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    for (const [key, inner] of Object.entries(value)) {
      left -= key.length;
      if (left < 0) return;
      visit(inner);
    }
  };
  visit(metadata);
  return left >= 0;
}

export function unpackReport(packed: unknown): CoreReport {
  const report = packed as CoreReport;
  const streams = report.streams.map((stream) => ({
    ...stream,
    metadata: decode(stream.metadata as unknown as Uint8Array),
  }));
  return { ...report, streams };
}

/** Errors lose their codes on the way between processes; in this form they keep them. */
export function packFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, packError(value)]));
}

export function unpackFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, unpackError(value)]));
}

interface PackedError {
  readonly isError: true;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly offset: number | undefined;
}

/** An error as plain data; everything else as it is. */
export function packError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, code, offset } = value as Error & Partial<CodedError>;
  return { isError: true, name, message, stack, code, offset } satisfies PackedError;
}

export function unpackError(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("isError" in value)) return value;
  const { name, message, stack, code, offset } = value as PackedError;
  const error = Object.assign(new Error(message), { name, stack });
  return Object.assign(error, code === undefined ? {} : { code }, offset === undefined ? {} : { offset });
}
