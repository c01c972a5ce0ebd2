import { BitReader } from "./bit-reader.ts";
import { FlvError } from "./errors.ts";

/** The configuration of an AAC stream (ISO/IEC 14496-3 §1.6.2.1). */
export interface AudioSpecificConfig {
  /** The core coder: 2 is AAC-LC, also when SBR or PS come on top. */
  readonly objectType: number;
  /** Hz, of the core coder. */
  readonly samplingFrequency: number;
  /** 0 when a program config element describes the channels instead. */
  readonly channelConfiguration: number;
  /** Channels of the core coder; 0 for a reserved configuration. Parametric stereo makes two of its one. */
  readonly channelCount: number;
  /** Samples a frame and channel of the core coder. */
  readonly samplesPerFrame: number;
  /** Whether spectral band replication is announced (HE-AAC). It may be there unannounced. */
  readonly hasSbr: boolean;
  /** Whether parametric stereo is announced (HE-AAC v2). */
  readonly hasPs: boolean;
  /** Hz after spectral band replication. */
  readonly extensionSamplingFrequency?: number;
  /** Of ER BSAC (22) with SBR or PS: the channels after it. */
  readonly extensionChannelConfiguration?: number;
}

const SBR = 5;
const ER_BSAC = 22;
const PS = 29;
const ESCAPE = 31;
const ER_AAC_ELD = 39;
const SBR_SYNC = 0x2b7;
const PS_SYNC = 0x548;
const EXPLICIT_FREQUENCY = 15;

const samplingFrequencies: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
const channelCounts: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
const generalAudioTypes: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);

/** Reads an AudioSpecificConfig. Bytes behind it are ignored. Throws `FlvError` when it is broken or stops early. */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  const bits = new BitReader(bytes);
  let objectType = readObjectType(bits);
  const samplingFrequency = readFrequency(bits);
  const channelConfiguration = bits.bits(4);
  const hasPs = objectType === PS;
  let extension: SbrExtension = { hasSbr: objectType === SBR || hasPs, hasPs };
  if (extension.hasSbr) {
    extension = { ...extension, extensionSamplingFrequency: readFrequency(bits) };
    objectType = readObjectType(bits);
    if (objectType === ER_BSAC) extension = { ...extension, extensionChannelConfiguration: bits.bits(4) };
  }
  let channelCount = channelCounts[channelConfiguration] ?? 0;
  let samplesPerFrame = 1024;
  if (generalAudioTypes.has(objectType)) {
    samplesPerFrame = bits.flag() ? 960 : 1024;
    if (bits.flag()) bits.skip(14); // coreCoderDelay
    const hasExtension = bits.flag();
    if (channelConfiguration === 0) channelCount = readProgramConfigElement(bits);
    skipRestOfGeneralAudio(bits, objectType, hasExtension);
    if (!extension.hasSbr) {
      extension = readSyncExtension(bits);
      // Announced behind the core, SBR has no field for its channels: they are the core's.
      const isBsac = objectType === ER_BSAC && extension.hasSbr;
      if (isBsac) extension = { ...extension, extensionChannelConfiguration: channelConfiguration };
    }
  } else if (objectType === ER_AAC_ELD) samplesPerFrame = bits.flag() ? 480 : 512;
  return { objectType, samplingFrequency, channelConfiguration, channelCount, samplesPerFrame, ...extension };
}

interface SbrExtension {
  readonly hasSbr: boolean;
  readonly hasPs: boolean;
  readonly extensionSamplingFrequency?: number;
  readonly extensionChannelConfiguration?: number;
}

function readObjectType(bits: BitReader): number {
  const objectType = bits.bits(5);
  return objectType === ESCAPE ? 32 + bits.bits(6) : objectType;
}

function readFrequency(bits: BitReader): number {
  const index = bits.bits(4);
  const frequency = index === EXPLICIT_FREQUENCY ? bits.bits(24) : samplingFrequencies[index];
  if (frequency === undefined || frequency === 0) {
    throw new FlvError("FLV_BAD_CONFIG", bits.byteOffset, `sampling frequency index ${String(index)}`);
  }
  return frequency;
}

/** The end of GASpecificConfig (ISO/IEC 14496-3 §4.4.1). */
function skipRestOfGeneralAudio(bits: BitReader, objectType: number, hasExtension: boolean): void {
  if (objectType === 6 || objectType === 20) bits.skip(3); // layerNr
  if (!hasExtension) return;
  if (objectType === ER_BSAC) bits.skip(16);
  if (objectType === 17 || objectType === 19 || objectType === 20 || objectType === 23) bits.skip(3);
  bits.skip(1);
}

/** Counts the channels of a program config element (ISO/IEC 14496-3 §4.4.1.1). */
function readProgramConfigElement(bits: BitReader): number {
  bits.skip(10); // element_instance_tag, object_type, sampling_frequency_index
  const elementCount = bits.bits(4) + bits.bits(4) + bits.bits(4); // front, side, back
  const lowFrequencyCount = bits.bits(2);
  const associatedDataCount = bits.bits(3);
  const couplingCount = bits.bits(4);
  if (bits.flag()) bits.skip(4); // mono mixdown
  if (bits.flag()) bits.skip(4); // stereo mixdown
  if (bits.flag()) bits.skip(3); // matrix mixdown
  let channelCount = lowFrequencyCount;
  for (let element = 0; element < elementCount; element++) {
    channelCount += bits.flag() ? 2 : 1;
    bits.skip(4);
  }
  bits.skip(4 * (lowFrequencyCount + associatedDataCount) + 5 * couplingCount);
  bits.alignToByte();
  bits.skip(8 * bits.bits(8)); // comment
  return channelCount;
}

/** SBR and PS announced behind the core coder's configuration, where old decoders do not look. */
function readSyncExtension(bits: BitReader): SbrExtension {
  const none = { hasSbr: false, hasPs: false };
  if (bits.bitsLeft < 16 || bits.bits(11) !== SBR_SYNC || readObjectType(bits) !== SBR) return none;
  if (bits.bitsLeft < 5 || !bits.flag()) return none;
  const extensionSamplingFrequency = readFrequency(bits);
  const hasPs = bits.bitsLeft >= 12 && bits.bits(11) === PS_SYNC && bits.flag();
  return { hasSbr: true, hasPs, extensionSamplingFrequency };
}

/** The fields `encodeAudioSpecificConfig` needs; a parsed config has them all. */
export type AudioSpecificConfigFields = Pick<
  AudioSpecificConfig,
  "objectType" | "samplingFrequency" | "channelConfiguration"
> &
  Partial<
    Pick<
      AudioSpecificConfig,
      "samplesPerFrame" | "hasSbr" | "hasPs" | "extensionSamplingFrequency" | "extensionChannelConfiguration"
    >
  >;

/**
 * Writes an AudioSpecificConfig; SBR and PS are announced before the core coder.
 * Throws `RangeError` for object types that are not general audio, for channel configuration 0, and for what
 * no field can hold. ER BSAC under SBR says `channelConfiguration` again where no `extensionChannelConfiguration` is given.
 */
export function encodeAudioSpecificConfig(config: AudioSpecificConfigFields): Uint8Array {
  const { objectType, samplingFrequency, channelConfiguration, samplesPerFrame = 1024 } = config;
  const { extensionChannelConfiguration = channelConfiguration } = config;
  if (!generalAudioTypes.has(objectType) || objectType === 6 || objectType === 20) {
    throw new RangeError(`objectType ${String(objectType)} cannot be written`);
  }
  if (!Number.isInteger(channelConfiguration) || channelConfiguration < 1 || channelConfiguration > 15) {
    throw new RangeError("channelConfiguration must be 1 to 15");
  }
  if ((extensionChannelConfiguration & 15) !== extensionChannelConfiguration) {
    throw new RangeError("extensionChannelConfiguration must be 0 to 15");
  }
  if (samplesPerFrame !== 1024 && samplesPerFrame !== 960) throw new RangeError("samplesPerFrame must be 1024 or 960");
  const outerType = config.hasPs === true ? PS : config.hasSbr === true ? SBR : objectType;
  let bits = bitText(outerType, 5) + frequencyBits(samplingFrequency) + bitText(channelConfiguration, 4);
  if (outerType !== objectType) {
    bits += frequencyBits(config.extensionSamplingFrequency ?? samplingFrequency * 2) + bitText(objectType, 5);
    if (objectType === ER_BSAC) bits += bitText(extensionChannelConfiguration, 4);
  }
  bits += samplesPerFrame === 960 ? "100" : "000";
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => parseInt(byte.padEnd(8, "0"), 2));
}

function frequencyBits(frequency: number): string {
  const index = samplingFrequencies.indexOf(frequency);
  if (index >= 0) return bitText(index, 4);
  if (!Number.isInteger(frequency) || frequency < 1 || frequency > 0xffffff) {
    throw new RangeError("samplingFrequency must be a whole number of Hz below 16777216");
  }
  return bitText(EXPLICIT_FREQUENCY, 4) + bitText(frequency, 24);
}

function bitText(value: number, width: number): string {
  return value.toString(2).padStart(width, "0");
}

/** The index of a sampling frequency in the tables of AAC and ADTS, `undefined` when it has none. */
export function samplingFrequencyIndex(frequency: number): number | undefined {
  const index = samplingFrequencies.indexOf(frequency);
  return index < 0 ? undefined : index;
}

/** The sampling frequency at an index of that table. */
export function samplingFrequencyAt(index: number): number | undefined {
  return samplingFrequencies[index];
}
