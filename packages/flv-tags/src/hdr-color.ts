import type { Amf0Value } from "@rtmp/amf0";

/** How the numbers of a picture become light, the HDR part of enhanced video metadata (E-RTMP v2 "Metadata Frame"). */
export interface ColorInfo {
  readonly colorConfig?: {
    readonly bitDepth?: number;
    readonly colorPrimaries?: number;
    readonly transferCharacteristics?: number;
    readonly matrixCoefficients?: number;
  };
  /** Content light level in cd/m². */
  readonly hdrCll?: { readonly maxFall?: number; readonly maxCLL?: number };
  /** Colour volume of the mastering display: chromaticities, luminance in cd/m². */
  readonly hdrMdcv?: {
    readonly redX?: number;
    readonly redY?: number;
    readonly greenX?: number;
    readonly greenY?: number;
    readonly blueX?: number;
    readonly blueY?: number;
    readonly whitePointX?: number;
    readonly whitePointY?: number;
    readonly maxLuminance?: number;
    readonly minLuminance?: number;
  };
}

const colorConfigKeys = ["bitDepth", "colorPrimaries", "transferCharacteristics", "matrixCoefficients"];
const hdrCllKeys = ["maxFall", "maxCLL"];
const hdrMdcvKeys = [
  ...["redX", "redY", "greenX", "greenY", "blueX", "blueY"],
  ...["whitePointX", "whitePointY", "maxLuminance", "minLuminance"],
];

/**
 * Picks `colorInfo` out of a metadata tag's pairs; `undefined` when the tag has none.
 * An empty result is a message of its own: forget what was said before. Fields of a wrong type are left out.
 */
export function parseColorInfo(pairs: readonly (readonly [name: string, value: Amf0Value])[]): ColorInfo | undefined {
  const pair = pairs.find(([name]) => name === "colorInfo");
  if (pair === undefined) return undefined;
  const colorConfig = pickNumbers(pair[1], "colorConfig", colorConfigKeys);
  const hdrCll = pickNumbers(pair[1], "hdrCll", hdrCllKeys);
  const hdrMdcv = pickNumbers(pair[1], "hdrMdcv", hdrMdcvKeys);
  return {
    ...(colorConfig === undefined ? {} : { colorConfig }),
    ...(hdrCll === undefined ? {} : { hdrCll }),
    ...(hdrMdcv === undefined ? {} : { hdrMdcv }),
  };
}

function pickNumbers(
  colorInfo: Amf0Value,
  section: string,
  keys: readonly string[],
): Record<string, number> | undefined {
  const fields = fieldOf(colorInfo, section);
  if (typeof fields !== "object" || fields === null) return undefined;
  const picked: Record<string, number> = {};
  for (const key of keys) {
    const value = fieldOf(fields, key);
    if (typeof value === "number") picked[key] = value;
  }
  return picked;
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
