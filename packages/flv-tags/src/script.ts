import { decodeAll, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { FlvError } from "./errors.ts";

/** What a script tag or RTMP data message says. */
export interface ScriptTag {
  /** The method, usually "onMetaData"; "@setDataFrame" when a publisher asks a server to keep what follows. */
  readonly name: string;
  readonly values: readonly Amf0Value[];
}

/**
 * Reads the payload of a script tag or RTMP data message (FLV 10.1 §E.4.4).
 * Throws `FLV_BAD_SCRIPT` when it is no AMF0 or does not begin with a name; a server should ignore such a message.
 */
export function parseScriptTag(payload: Uint8Array): ScriptTag {
  const [name, ...values] = decodeValues(payload, 0);
  if (typeof name !== "string") throw new FlvError("FLV_BAD_SCRIPT", 0, "script data that does not begin with a name");
  return { name, values };
}

/** Writes the payload of a script tag or RTMP data message. */
export function encodeScriptTag(name: string, ...values: readonly Amf0Value[]): Uint8Array {
  return encode(name, ...values);
}

/** Reads the name and value pairs of enhanced video metadata, which begin at `position` (E-RTMP v2 "Metadata Frame"). */
export function parseMetadataPairs(payload: Uint8Array, position: number): (readonly [string, Amf0Value])[] {
  const values = decodeValues(payload, position);
  const pairs: (readonly [string, Amf0Value])[] = [];
  for (let index = 0; index < values.length; index += 2) {
    const name = values[index];
    if (typeof name !== "string") throw new FlvError("FLV_BAD_SCRIPT", position, "video metadata without a name");
    pairs.push([name, values[index + 1]]);
  }
  return pairs;
}

/** Writes the name and value pairs of enhanced video metadata. */
export function encodeMetadataPairs(pairs: readonly (readonly [string, Amf0Value])[]): Uint8Array {
  return encode(...pairs.flatMap(([name, value]): Amf0Value[] => [name, value]));
}

function decodeValues(payload: Uint8Array, position: number): Amf0Value[] {
  try {
    return decodeAll(position === 0 ? payload : payload.subarray(position));
  } catch (error) {
    if (!isAmf0Error(error)) throw error;
    throw new FlvError("FLV_BAD_SCRIPT", position + error.offset, "script data is not AMF0", { cause: error });
  }
}

function isAmf0Error(error: unknown): error is { readonly code: string; readonly offset: number } {
  return error instanceof Error && "code" in error && "offset" in error && String(error.code).startsWith("AMF0_");
}
