import { BrokenLaw } from "./target.ts";

/** An error class of a package: what may escape from its readers, and nothing else. */
export interface ErrorFamily {
  readonly name: string;
  readonly codes: readonly string[];
}

/** What ended a reader. */
export interface Fault {
  readonly code: string;
  readonly offset: number;
}

/** Everything a caller of a reader sees, in order. */
export interface Observation {
  readonly seen: readonly string[];
  readonly fault: Fault | undefined;
}

/** The code and offset of an error that one of the families has. Throws a `BrokenLaw` for any other. */
export function faultOf(error: unknown, ...families: readonly ErrorFamily[]): Fault {
  if (error instanceof BrokenLaw) throw error;
  if (!(error instanceof Error)) throw new BrokenLaw("foreign error", `thrown: ${String(error)}`);
  const family = families.find(({ name }) => name === error.name);
  const { code, offset } = error as { readonly code?: unknown; readonly offset?: unknown };
  if (family === undefined || typeof code !== "string" || !family.codes.includes(code)) {
    throw new BrokenLaw(`foreign error ${error.name}`, error.stack ?? error.message, { cause: error });
  }
  if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0) {
    throw new BrokenLaw("bad offset", `${code} at ${String(offset)}`, { cause: error });
  }
  return { code, offset };
}

/** Runs a parse function: what it returns, or how it refused. */
export function attempt<Result>(
  parse: () => Result,
  ...families: readonly ErrorFamily[]
): { readonly result: Result; readonly fault?: undefined } | { readonly result?: undefined; readonly fault: Fault } {
  try {
    return { result: parse() };
  } catch (error) {
    return { fault: faultOf(error, ...families) };
  }
}

/** Records what `read` reports, one line for each report, and how it ended. */
export function observe(
  read: (see: (value: unknown) => void) => void,
  ...families: readonly ErrorFamily[]
): Observation {
  const seen: string[] = [];
  const { fault } = attempt(() => read((value) => seen.push(show(value))), ...families);
  return { seen, fault };
}

/** Throws a `BrokenLaw` unless both saw the same and ended alike. */
export function expectSame(law: string, expected: Observation, actual: Observation): void {
  const count = Math.max(expected.seen.length, actual.seen.length);
  for (let i = 0; i < count; i++) expectEqual(law, expected.seen[i], actual.seen[i], `report ${i}`);
  expectEqual(law, showFault(expected.fault), showFault(actual.fault), "end");
}

/** Throws a `BrokenLaw` that shows both unless the two are the same text. */
export function expectEqual(
  law: string,
  expected: string | undefined,
  actual: string | undefined,
  what = "value",
): void {
  if (expected === actual) return;
  const from = firstDifference(expected ?? "", actual ?? "");
  throw new BrokenLaw(law, `${what} differs: ${excerpt(expected, from)} became ${excerpt(actual, from)}`);
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return Math.max(0, at - 80);
}

function excerpt(text: string | undefined, from: number): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(from, from + 240));
}

function showFault(fault: Fault | undefined): string {
  return fault === undefined ? "no error" : `${fault.code} at ${fault.offset}`;
}

/** Throws a `BrokenLaw` unless `run` throws `error`, the very same: a reader that has thrown is dead. */
export function expectDead(error: unknown, run: () => void): void {
  try {
    run();
  } catch (again) {
    if (again === error) return;
  }
  throw new BrokenLaw("dead reader", "a reader that has thrown does not throw the same again", { cause: error });
}

/** A value as text that is equal only for equal values: -0, NaN, bytes, dates, classes and the order of keys included. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array)
    return `<${Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")}>`;
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (value instanceof Map) return `Map${show([...(value as ReadonlyMap<unknown, unknown>)])}`;
  const fields = Object.entries(value).filter(([, field]) => typeof field !== "function");
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const time = value instanceof Date ? `${value.getTime()} ` : "";
  return `${tag}{${time}${fields.map(([key, field]) => `${JSON.stringify(key)}:${show(field)}`).join()}}`;
}

/** Bytes of array memory that `run` leaves behind or has left to the collector: claims that were paid for show here. */
export function arrayBytesTaken(run: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  run();
  return process.memoryUsage().arrayBuffers - before;
}
