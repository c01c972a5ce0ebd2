/** The kind of an FLV tag; the same three kinds of message travel over RTMP. */
export type FlvTagType = "audio" | "video" | "script";

/** One FLV tag without its framing: the payload is byte for byte what an RTMP message of that kind carries. */
export interface FlvTag {
  /** What the payload is. */
  readonly type: FlvTagType;
  /** Decode time in milliseconds, uint32; wraps after about 49.7 days. */
  readonly timestamp: number;
  /** The tag body. Tags from a reader own theirs. */
  readonly payload: Uint8Array;
  /** Set when the filter bit is on: the payload is encrypted and only good for passing on (FLV 10.1 Annex F). */
  readonly isEncrypted?: true;
}

/** Tag types on the wire, the low five bits of a tag's first byte (FLV 10.1 §E.4.1; 15 is E-RTMP v2). */
export const FlvTagTypeId: {
  readonly Audio: 8;
  readonly Video: 9;
  readonly ScriptAmf3: 15;
  readonly Script: 18;
} = { Audio: 8, Video: 9, ScriptAmf3: 15, Script: 18 };

/** The bit beside the tag type that marks an encrypted payload. */
export const FILTER_BIT = 0x20;

/** Which of the two kinds of media an FLV file says it holds. */
export interface FlvHeader {
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
}
