import { ACKNOWLEDGE_EVERY_MS, MAX_FRAME_BYTES } from "../protocol/limits.ts";
import type { OutputState, Refusal, RefusalCode } from "../protocol/words.ts";

/** What a sender needs to know of a `Welcome`. */
export interface WelcomeLimits {
  readonly acknowledgeEveryMs: number;
  readonly maxFrameBytes: number;
}

type Words = Readonly<Record<string, unknown>>;

/** Every code, so that a word from the wire can be told from one. */
const codes: Readonly<Record<RefusalCode, true>> = {
  BRIDGE_BAD_TOKEN: true,
  BRIDGE_BAD_FRAME: true,
  BRIDGE_BAD_MEDIA: true,
  BRIDGE_CLOSING: true,
  BRIDGE_FRAME_TOO_LARGE: true,
  BRIDGE_IDLE: true,
  BRIDGE_NO_HELLO: true,
  BRIDGE_REPLACED: true,
  BRIDGE_TARGET_REFUSED: true,
  BRIDGE_TOO_MANY_CONNECTIONS: true,
  BRIDGE_UNSUPPORTED_VERSION: true,
};

/** Every code with which the bridge ends a connection. */
export const refusalCodes: readonly RefusalCode[] = Object.keys(codes) as RefusalCode[];

/** Reads a `Welcome`; what is missing or absurd gets the protocol's usual value. */
export function readWelcome(words: Words): WelcomeLimits {
  return {
    acknowledgeEveryMs: positive(words["acknowledgeEveryMs"], ACKNOWLEDGE_EVERY_MS),
    maxFrameBytes: positive(words["maxFrameBytes"], MAX_FRAME_BYTES),
  };
}

/** Reads a `Refusal`; a code of a later version counts as a frame that the bridge did not understand. */
export function readRefusal({ code, detail }: Words): Refusal {
  const isKnown = typeof code === "string" && Object.hasOwn(codes, code);
  const text = typeof detail === "string" ? detail.slice(0, 300) : "";
  if (isKnown) return { code: code as RefusalCode, detail: text };
  return { code: "BRIDGE_BAD_FRAME", detail: typeof code === "string" ? `${code.slice(0, 60)} ${text}` : text };
}

/** Reads an `Output`; an unknown state counts as one in which the server has not answered yet. */
export function readOutputState({ state, detail }: Words): OutputState {
  const known = state === "live" || state === "unreachable" ? state : "connecting";
  return typeof detail === "string" ? { state: known, detail: detail.slice(0, 300) } : { state: known };
}

function positive(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : otherwise;
}
