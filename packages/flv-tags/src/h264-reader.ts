import { joinLengthPrefixed } from "./annex-b.ts";
import { avcConfigFromParameterSets, encodeAvcDecoderConfigurationRecord } from "./avc-config.ts";
import { isNewPicture, isSecondField, parseAvcPps, parseAvcSliceHeader, peekSlicePpsId } from "./avc-slice.ts";
import type { AvcPps, AvcSliceHeader } from "./avc-slice.ts";
import { parseAvcSps } from "./avc-sps.ts";
import type { AvcSps } from "./avc-sps.ts";
import { equalBytes, isInt24 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";
import { NalUnitReader } from "./nal-unit-reader.ts";
import { PictureOrder, ShowOrder } from "./picture-order.ts";
import { readPieces } from "./read-pieces.ts";
import type { FlvTag } from "./tag.ts";
import { avcFrame, avcSequenceHeader } from "./video-writer.ts";

/** Options of `H264Reader`. */
export interface H264ReaderOptions {
  /** Frames a second. Default: what the sequence parameter set says if that is 0.01 to 1000, else 25. */
  readonly frameRate?: number;
  /** Largest access unit in bytes. Default 8 MiB. */
  readonly maxAccessUnitSize?: number;
}

/** One picture of a raw H.264 stream, ready for FLV or MP4. */
export interface AvcAccessUnit {
  /** The AVCDecoderConfigurationRecord from this picture on; only there when it is new. */
  readonly config?: Uint8Array;
  /** Whether this is an IDR picture. */
  readonly isKey: boolean;
  /** Decode time in milliseconds, uint32, from 0 in steps of the frame rate. */
  readonly timestamp: number;
  /** Milliseconds from decoding to showing; fits the signed 24 bits of a tag. */
  readonly compositionTimeOffset: number;
  /** Slices and SEI, each with its length in four bytes before it; parameter sets and delimiters are left out. */
  readonly data: Uint8Array;
}

const NalUnitType = {
  Slice: 1,
  PartitionA: 2,
  Idr: 5,
  Sei: 6,
  Sps: 7,
  Pps: 8,
  AccessUnitDelimiter: 9,
  SpsExtension: 13,
  FirstReserved: 14,
  LastReserved: 18,
} as const;

const DEFAULT_FRAME_RATE = 25;
const MIN_FRAME_RATE = 0.01; // below it is a slip of the encoder or an attack, not a camera
const MAX_FRAME_RATE = 1000; // above it pictures share a millisecond
const MAX_SPS_COUNT = 32;
const MAX_PPS_COUNT = 255; // 256 by H.264, but an avcC counts them in a byte
const MAX_SET_SIZE = 0xffff;

interface StoredSet<Parsed> {
  readonly parsed: Parsed;
  readonly nalUnit: Uint8Array;
}

interface Picture {
  readonly offset: number; // of its first slice
  readonly first: AvcSliceHeader;
  readonly sps: AvcSps;
  slice: AvcSliceHeader; // the latest
}

/** A unit whose place among the shown ones is not known yet. */
interface UndatedUnit {
  readonly unit: Omit<AvcAccessUnit, "timestamp" | "compositionTimeOffset">;
  readonly decodeTime: number; // not wrapped
  readonly offset: number;
}

/**
 * Reads a raw H.264 stream (Annex B, a `.h264` file) from pieces of any size and reports its access units in decode
 * order. The two fields of a frame come as one unit. What cannot be decoded because its parameter sets are missing is
 * skipped. After a throw every further `push` and `end` throws the same error.
 */
export class H264Reader {
  readonly #frameRate: number | undefined;
  readonly #maxAccessUnitSize: number;
  readonly #nalUnits: NalUnitReader;
  readonly #spsById: Map<number, StoredSet<AvcSps>> = new Map<number, StoredSet<AvcSps>>();
  readonly #ppsById: Map<number, StoredSet<AvcPps>> = new Map<number, StoredSet<AvcPps>>();
  readonly #pictureOrder: PictureOrder = new PictureOrder();
  readonly #showOrder: ShowOrder<UndatedUnit> = new ShowOrder<UndatedUnit>();
  #parts: Uint8Array[] = []; // of the unit that is being put together
  #partsSize = 0;
  #picture: Picture | undefined;
  #config: Uint8Array = new Uint8Array(0);
  #frameCount = 0;
  #frameMs: number = 1000 / DEFAULT_FRAME_RATE;
  #depth = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: H264ReaderOptions = {}) {
    const { frameRate, maxAccessUnitSize = 8 * 1024 * 1024 } = options;
    if (frameRate !== undefined && !(frameRate > 0 && Number.isFinite(frameRate))) {
      throw new RangeError("frameRate must be above 0");
    }
    if (!Number.isInteger(maxAccessUnitSize) || maxAccessUnitSize < 1) {
      throw new RangeError("maxAccessUnitSize must be a whole number >= 1");
    }
    this.#frameRate = frameRate;
    this.#maxAccessUnitSize = maxAccessUnitSize;
    this.#nalUnits = new NalUnitReader(maxAccessUnitSize);
  }

  /**
   * Takes the next bytes. Units are reported once their place among reordered pictures is known, at the latest when
   * 16 more have been decoded. They own their bytes.
   */
  push(bytes: Uint8Array, onUnit: (unit: AvcAccessUnit) => void): void {
    this.#run(() => {
      this.#nalUnits.push(bytes, (nalUnit, offset) => {
        this.#addNalUnit(nalUnit, offset, onUnit);
      });
    });
  }

  /** Says that no more bytes follow, and reports the units still held back. */
  end(onUnit: (unit: AvcAccessUnit) => void): void {
    this.#run(() => {
      this.#nalUnits.end((nalUnit, offset) => {
        this.#addNalUnit(nalUnit, offset, onUnit);
      });
      this.#finishUnit(onUnit);
      this.#showOrder.flush((undated, place) => {
        this.#report(undated, place, onUnit);
      });
    });
  }

  #run(work: () => void): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      work();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Where access units begin (ITU-T H.264 §7.4.1.2.3). */
  #addNalUnit(nalUnit: Uint8Array, offset: number, onUnit: (unit: AvcAccessUnit) => void): void {
    const type = nalUnit[0]! & 0x1f;
    switch (type) {
      case NalUnitType.Slice:
      case NalUnitType.PartitionA:
      case NalUnitType.Idr:
        this.#addSlice(nalUnit, offset, onUnit);
        return;
      case NalUnitType.Sps:
        this.#finishPicture(onUnit);
        store(this.#spsById, MAX_SPS_COUNT, nalUnit, offset, parseAvcSps);
        return;
      case NalUnitType.Pps:
        this.#finishPicture(onUnit);
        store(this.#ppsById, MAX_PPS_COUNT, nalUnit, offset, parseAvcPps);
        return;
      case NalUnitType.Sei:
        this.#finishPicture(onUnit);
        this.#keep(nalUnit, offset);
        return;
      default:
        if (type === NalUnitType.AccessUnitDelimiter || isReserved(type)) this.#finishPicture(onUnit);
        else if (this.#picture !== undefined && isPartOfPicture(type)) this.#keep(nalUnit, offset);
    }
  }

  #addSlice(nalUnit: Uint8Array, offset: number, onUnit: (unit: AvcAccessUnit) => void): void {
    const ppsId = readAt(offset, nalUnit, peekSlicePpsId);
    const pps = this.#ppsById.get(ppsId)?.parsed;
    const sps = pps && this.#spsById.get(pps.spsId)?.parsed;
    if (pps === undefined || sps === undefined) return;
    const slice = readAt(offset, nalUnit, (unit) => parseAvcSliceHeader(unit, sps, pps));
    const picture = this.#picture;
    if (picture !== undefined && startsPicture(picture, slice) && !isSecondField(picture.first, slice)) {
      this.#finishPicture(onUnit);
    }
    this.#keep(nalUnit, offset);
    if (this.#picture === undefined) this.#picture = { offset, first: slice, slice, sps };
    else this.#picture.slice = slice;
  }

  #keep(nalUnit: Uint8Array, offset: number): void {
    this.#partsSize += 4 + nalUnit.length;
    if (this.#partsSize > this.#maxAccessUnitSize) {
      const limit = String(this.#maxAccessUnitSize);
      throw new FlvError("FLV_ACCESS_UNIT_TOO_LARGE", offset, `an access unit of over ${limit} bytes`);
    }
    this.#parts.push(nalUnit.slice());
  }

  /** Ends the unit if it has a picture; what came before any picture belongs to the next one. */
  #finishPicture(onUnit: (unit: AvcAccessUnit) => void): void {
    if (this.#picture !== undefined) this.#finishUnit(onUnit);
  }

  #finishUnit(onUnit: (unit: AvcAccessUnit) => void): void {
    const picture = this.#picture;
    const data = joinLengthPrefixed(this.#parts);
    this.#picture = undefined;
    this.#parts = [];
    this.#partsSize = 0;
    if (picture === undefined) return;
    const config = this.#newConfig(picture);
    if (config !== undefined) this.#adopt(config, picture.sps);
    const undated: UndatedUnit = {
      unit: { ...(config === undefined ? {} : { config }), isKey: picture.first.isIdr, data },
      decodeTime: Math.round(this.#frameCount * this.#frameMs),
      offset: picture.offset,
    };
    this.#frameCount += 1;
    const order = this.#pictureOrder.next(picture.first, picture.sps.slices);
    this.#showOrder.add(undated, order, picture.first.isIdr, reorderDepth(picture.sps), (shown, place) => {
      this.#report(shown, place, onUnit);
    });
  }

  /** The configuration with the parameter sets of this picture, if it differs from the one last reported. */
  #newConfig(picture: Picture): Uint8Array | undefined {
    const sps = this.#spsById.get(picture.sps.id);
    if (sps === undefined) return undefined;
    const ppsList = [...this.#ppsById.values()].filter(({ parsed }) => parsed.spsId === picture.sps.id);
    const ppsUnits = ppsList.sort((left, right) => left.parsed.id - right.parsed.id).map(({ nalUnit }) => nalUnit);
    const config = encodeAvcDecoderConfigurationRecord(avcConfigFromParameterSets([sps.nalUnit], ppsUnits));
    return equalBytes(config, this.#config) ? undefined : config;
  }

  #adopt(config: Uint8Array, sps: AvcSps): void {
    this.#config = config;
    this.#depth = Math.max(this.#depth, reorderDepth(sps)); // never smaller, or shown times would jump back
    if (this.#frameCount === 0) this.#frameMs = 1000 / (this.#frameRate ?? saneFrameRate(sps));
  }

  #report(undated: UndatedUnit, place: number, onUnit: (unit: AvcAccessUnit) => void): void {
    const { unit, decodeTime, offset } = undated;
    const compositionTimeOffset = Math.round((place + this.#depth) * this.#frameMs) - decodeTime;
    if (!isInt24(compositionTimeOffset)) {
      throw new FlvError("FLV_BAD_NAL_UNIT", offset, "a picture shown longer after its decoding than a tag can say");
    }
    onUnit({ ...unit, timestamp: decodeTime >>> 0, compositionTimeOffset });
  }
}

/** What the parameter set says, unless that is nothing or absurd. */
function saneFrameRate({ frameRate = DEFAULT_FRAME_RATE }: AvcSps): number {
  return frameRate >= MIN_FRAME_RATE && frameRate <= MAX_FRAME_RATE ? frameRate : DEFAULT_FRAME_RATE;
}

function store<Parsed extends { readonly id: number }>(
  sets: Map<number, StoredSet<Parsed>>,
  maxCount: number,
  nalUnit: Uint8Array,
  offset: number,
  parse: (nalUnit: Uint8Array) => Parsed,
): void {
  const parsed = readAt(offset, nalUnit, parse);
  if (parsed.id >= maxCount || nalUnit.length > MAX_SET_SIZE) {
    throw new FlvError("FLV_BAD_NAL_UNIT", offset, "a parameter set that no configuration record can hold");
  }
  sets.set(parsed.id, { parsed, nalUnit: nalUnit.slice() });
}

/** The field readers count from the start of the NAL unit, this reader from the start of the stream. */
function readAt<Parsed>(offset: number, nalUnit: Uint8Array, parse: (nalUnit: Uint8Array) => Parsed): Parsed {
  try {
    return parse(nalUnit);
  } catch (error) {
    if (!(error instanceof FlvError)) throw error;
    throw new FlvError(error.code, offset + error.offset, "a NAL unit that cannot be read", { cause: error });
  }
}

/** Frames to hold back: what the stream says, else a safe guess from how many frames it refers to. */
function reorderDepth(sps: AvcSps): number {
  if (sps.reorderDepth !== undefined) return sps.reorderDepth;
  const hasNoReordering = sps.profileIdc === 66 || sps.slices.pictureOrder.type === 2;
  return hasNoReordering ? 0 : Math.min(sps.slices.maxNumRefFrames, 16);
}

/**
 * A slice that holds the first macroblock opens a picture even when the encoder repeats all its numbers, except in the
 * profiles whose slices may come in any order or twice (ITU-T H.264 §A.2.1, §A.2.3).
 */
function startsPicture(picture: Picture, slice: AvcSliceHeader): boolean {
  const { profileIdc, profileCompatibility } = picture.sps;
  const isAnyOrder = (profileIdc === 66 && (profileCompatibility & 0x40) === 0) || profileIdc === 88;
  return (slice.firstMacroblock === 0 && !isAnyOrder) || isNewPicture(picture.slice, slice);
}

function isReserved(type: number): boolean {
  return type >= NalUnitType.FirstReserved && type <= NalUnitType.LastReserved;
}

/** Partitions B and C, and slices of auxiliary pictures and of layers above the base. */
function isPartOfPicture(type: number): boolean {
  return type === 3 || type === 4 || type >= 19;
}

/** Writes an access unit as FLV tags: a sequence header where the configuration is new, then the frame. */
export function avcUnitToTags(unit: AvcAccessUnit): FlvTag[] {
  const { config, timestamp } = unit;
  const frame: FlvTag = { type: "video", timestamp, payload: avcFrame(unit) };
  return config === undefined ? [frame] : [{ type: "video", timestamp, payload: avcSequenceHeader(config) }, frame];
}

/** Options of `readH264`. */
export interface ReadH264Options extends H264ReaderOptions {
  /** Stops the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a raw H.264 stream from any async source of bytes as FLV tags, sequence headers included.
 * Throws `FlvError` behind the last good tag, and the signal's reason on abort. Leaving the loop closes the source.
 */
export function readH264(
  source: AsyncIterable<Uint8Array>,
  options: ReadH264Options = {},
): AsyncGenerator<FlvTag, void, undefined> {
  const reader = new H264Reader(options);
  const forward =
    (onTag: (tag: FlvTag) => void) =>
    (unit: AvcAccessUnit): void => {
      avcUnitToTags(unit).forEach(onTag);
    };
  const tagReader = {
    push: (bytes: Uint8Array, onTag: (tag: FlvTag) => void): void => {
      reader.push(bytes, forward(onTag));
    },
    end: (onTag: (tag: FlvTag) => void): void => {
      reader.end(forward(onTag));
    },
  };
  return readPieces(source, tagReader, options.signal);
}
