import {
  FlvError,
  avcConfigFromParameterSets,
  dropUnusedParameterSets,
  encodeAvcDecoderConfigurationRecord,
  joinLengthPrefixed,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  splitAnnexB,
  splitLengthPrefixed,
} from "@rtmp/flv-tags";
import type { NalLengthSize } from "@rtmp/flv-tags";

/** One picture in the form of FLV, and the configuration that came inside it, if one did. */
export interface Picture {
  /** NAL units behind four-byte lengths, without delimiters, filler and parameter sets. Empty if nothing is left. */
  readonly data: Uint8Array;
  readonly hasIdr: boolean;
  /** An avcC of parameter sets that stood among the NAL units. */
  readonly config?: Uint8Array;
}

/** What a video config frame says, in the one form that is sent on. */
export interface VideoConfig {
  /** An avcC for four-byte lengths, without sets that no picture uses. */
  readonly config: Uint8Array;
  /** Bytes of length before each NAL unit of the frames that belong to it. */
  readonly lengthSize: NalLengthSize;
  readonly width: number;
  readonly height: number;
}

const NalType = { Idr: 5, Sps: 7, Pps: 8, Delimiter: 9, Filler: 12 } as const;

const typeOf = (nalUnit: Uint8Array): number => nalUnit[0]! & 0x1f;

/**
 * Reads the payload of a video config frame: an avcC, or parameter sets with start codes.
 * Throws a `FlvError` if it is neither, or has no set that the pictures could be decoded with.
 */
export function readVideoConfig(payload: Uint8Array, isByteStream: boolean): VideoConfig {
  if (isByteStream) {
    const config = configOf(splitAnnexB(payload));
    if (config === undefined) throw new FlvError("FLV_BAD_CONFIG", 0, "no SPS and PPS behind start codes");
    return readVideoConfig(config, false);
  }
  const record = dropUnusedParameterSets(parseAvcDecoderConfigurationRecord(payload));
  const [sps] = record.sequenceParameterSets;
  if (sps === undefined) throw new FlvError("FLV_BAD_CONFIG", 0, "an avcC without a PPS and its SPS");
  const { width, height } = parseAvcSps(sps);
  const config = encodeAvcDecoderConfigurationRecord({ ...record, lengthSize: 4 });
  return { config, lengthSize: record.lengthSize, width, height };
}

/**
 * Reads the payload of a video frame. Parameter sets are taken out: they belong into a sequence header.
 * Throws a `FlvError` where a length runs past the end, or parameter sets cannot be read.
 */
export function readPicture(payload: Uint8Array, isByteStream: boolean, lengthSize: NalLengthSize): Picture {
  const nalUnits = isByteStream ? splitAnnexB(payload) : splitLengthPrefixed(payload, lengthSize);
  const kept = nalUnits.filter((nalUnit) => !isDropped(typeOf(nalUnit)));
  const config = kept.length === nalUnits.length ? undefined : configOf(nalUnits);
  const isUnchanged = !isByteStream && lengthSize === 4 && kept.length === nalUnits.length;
  return {
    data: isUnchanged ? payload : joinLengthPrefixed(kept),
    hasIdr: kept.some((nalUnit) => typeOf(nalUnit) === NalType.Idr),
    ...(config === undefined ? {} : { config }),
  };
}

function isDropped(type: number): boolean {
  return (
    type === NalType.Sps || type === NalType.Pps || type === NalType.Delimiter || type === NalType.Filler || type === 0
  );
}

/** The avcC of the parameter sets among NAL units; `undefined` unless there are both kinds. */
function configOf(nalUnits: readonly Uint8Array[]): Uint8Array | undefined {
  const spsList = nalUnits.filter((nalUnit) => typeOf(nalUnit) === NalType.Sps);
  const ppsList = nalUnits.filter((nalUnit) => typeOf(nalUnit) === NalType.Pps);
  if (spsList.length === 0 || ppsList.length === 0) return undefined;
  if (spsList.length > 31 || ppsList.length > 255) {
    throw new FlvError("FLV_BAD_CONFIG", 0, "more parameter sets than a sequence header can hold");
  }
  return encodeAvcDecoderConfigurationRecord(avcConfigFromParameterSets(spsList, ppsList));
}
