import type { Amf0Value } from "@rtmp/amf0";
import { propertiesOrNone } from "./commands.ts";

/** What a peer says in `connect` that it can take (E-RTMP v2 "Enhancing NetConnection connect Command"). */
export interface EnhancedCapabilities {
  /** FourCCs of the old list; `"*"` means all. */
  readonly fourCcList: readonly string[];
  /** FourCC → mask of 1 (decode), 2 (encode), 4 (forward). */
  readonly videoFourCcInfoMap: ReadonlyMap<string, number>;
  readonly audioFourCcInfoMap: ReadonlyMap<string, number>;
  /** Mask of `CapsEx`. */
  readonly capsEx: number;
  /** Mask of 1 (seek), 2 (HDR), 4 (metadata packets), 8 (large-scale tile). */
  readonly videoFunction: number;
}

/** Bits of `capsEx` (E-RTMP v2). */
export const CapsEx = { Reconnect: 1, Multitrack: 2, ModEx: 4, TimestampNanoOffset: 8 } as const;

const forwardAll = { "*": 4 } as const;

/** What a relay answers: it forwards every codec, reads multitrack, ModEx and nanosecond offsets. */
export const relayCapabilities: Readonly<Record<string, Amf0Value>> = {
  capsEx: CapsEx.Reconnect | CapsEx.Multitrack | CapsEx.ModEx | CapsEx.TimestampNanoOffset,
  videoFourCcInfoMap: forwardAll,
  audioFourCcInfoMap: forwardAll,
};

/** Reads the Enhanced RTMP fields of a command object. Returns `undefined` if the peer names none of them. */
export function parseEnhancedCapabilities(
  commandObject: Readonly<Record<string, Amf0Value>>,
): EnhancedCapabilities | undefined {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction } = commandObject;
  if ([fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx].every((field) => field === undefined))
    return undefined;
  return {
    fourCcList: Array.isArray(fourCcList) ? fourCcList.filter((item): item is string => typeof item === "string") : [],
    videoFourCcInfoMap: masks(videoFourCcInfoMap),
    audioFourCcInfoMap: masks(audioFourCcInfoMap),
    capsEx: typeof capsEx === "number" ? capsEx : 0,
    videoFunction: typeof videoFunction === "number" ? videoFunction : 0,
  };
}

function masks(value: Amf0Value): ReadonlyMap<string, number> {
  const entries = Object.entries(propertiesOrNone(value));
  return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
