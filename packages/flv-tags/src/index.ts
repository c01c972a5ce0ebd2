export { AacReader, aacFrameToTags, readAac } from "./aac-reader.ts";
export type { AacFrame } from "./aac-reader.ts";
export { parseAdtsHeader, rawToAdts, splitAdts } from "./adts.ts";
export type { AdtsFrame, AdtsHeader } from "./adts.ts";
export { joinAnnexB, splitAnnexB, annexBToLengthPrefixed, lengthPrefixedToAnnexB } from "./annex-b.ts";
export { joinLengthPrefixed, splitLengthPrefixed, removeEmulationPrevention } from "./annex-b.ts";
export type { NalLengthSize } from "./annex-b.ts";
export { parseAudioTag } from "./audio.ts";
export type {
  AudioEndOfSequence,
  AudioFrame,
  AudioMultichannelConfig,
  AudioMultitrack,
  AudioSequenceHeader,
  AudioSilence,
  AudioTag,
  AudioTagForm,
  AudioTrack,
  AudioTrackTag,
  ChannelLayout,
  LegacySound,
  UnknownAudio,
} from "./audio.ts";
export { encodeAudioSpecificConfig, parseAudioSpecificConfig } from "./audio-config.ts";
export type { AudioSpecificConfig, AudioSpecificConfigFields } from "./audio-config.ts";
export { aacFrame, aacSequenceHeader, encodeAudioTag } from "./audio-writer.ts";
export { encodeAv1CodecConfigurationRecord, parseAv1CodecConfigurationRecord } from "./av1-config.ts";
export type { Av1CodecConfigurationRecord, Av1Format } from "./av1-config.ts";
export { findAv1SequenceHeader, parseAv1SequenceHeader, splitObus } from "./av1-sequence-header.ts";
export type { Av1Obu, Av1SequenceHeader } from "./av1-sequence-header.ts";
export {
  avcConfigFromParameterSets,
  dropUnusedParameterSets,
  encodeAvcDecoderConfigurationRecord,
  parseAvcDecoderConfigurationRecord,
} from "./avc-config.ts";
export type { AvcDecoderConfigurationRecord } from "./avc-config.ts";
export { parseAvcSps } from "./avc-sps.ts";
export type { AvcSliceSyntax, AvcSps } from "./avc-sps.ts";
export { describeAudio, describeVideo } from "./describe.ts";
export type { AudioDescription, VideoDescription } from "./describe.ts";
export type { MultitrackType } from "./enhanced.ts";
export { FlvError } from "./errors.ts";
export type { FlvErrorCode } from "./errors.ts";
export { parseFlacStreamInfo } from "./flac-config.ts";
export type { FlacStreamInfo } from "./flac-config.ts";
export { FlvReader } from "./flv-reader.ts";
export type { FlvReaderOptions } from "./flv-reader.ts";
export { encodeFlvHeader, encodeFlvTag } from "./flv-writer.ts";
export { audioCodecOf, fourCcOf, fourCcToNumber, fourCcToText, videoCodecOf } from "./four-cc.ts";
export type { AudioCodec, VideoCodec } from "./four-cc.ts";
export { H264Reader, avcUnitToTags, readH264 } from "./h264-reader.ts";
export type { AvcAccessUnit, H264ReaderOptions, ReadH264Options } from "./h264-reader.ts";
export { parseColorInfo } from "./hdr-color.ts";
export type { ColorInfo } from "./hdr-color.ts";
export { encodeHevcDecoderConfigurationRecord, parseHevcDecoderConfigurationRecord } from "./hevc-config.ts";
export type { HevcDecoderConfigurationRecord, HevcNalUnitArray, HevcProfileTierLevel } from "./hevc-config.ts";
export { parseHevcSps } from "./hevc-sps.ts";
export type { HevcSps } from "./hevc-sps.ts";
export { parseOpusHead } from "./opus-config.ts";
export type { OpusHead } from "./opus-config.ts";
export { readFlv } from "./read-flv.ts";
export type { ReadFlvOptions } from "./read-flv.ts";
export { encodeScriptTag, parseScriptTag } from "./script.ts";
export type { ScriptTag } from "./script.ts";
export { FlvTagTypeId } from "./tag.ts";
export type { FlvHeader, FlvTag, FlvTagType } from "./tag.ts";
export { isAudioSequenceHeader, isKeyFrame, isVideoSequenceHeader } from "./track-look.ts";
export { visitAudioTracks, visitVideoTracks } from "./track-look.ts";
export type { TrackRole, TrackVisitor } from "./track-look.ts";
export { parseVideoTag } from "./video.ts";
export type {
  UnknownVideo,
  VideoCommand,
  VideoEndOfSequence,
  VideoFrame,
  VideoFrameType,
  VideoMetadata,
  VideoMpeg2TsSequenceHeader,
  VideoMultitrack,
  VideoSequenceHeader,
  VideoTag,
  VideoTagForm,
  VideoTrack,
  VideoTrackTag,
} from "./video.ts";
export { avcEndOfSequence, avcFrame, avcSequenceHeader, encodeVideoTag } from "./video-writer.ts";
export { encodeVpCodecConfigurationRecord, parseVpCodecConfigurationRecord } from "./vp-config.ts";
export type { VpCodecConfigurationRecord } from "./vp-config.ts";
