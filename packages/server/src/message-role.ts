import { MessageTypeId } from "@rtmp/chunk";
import { visitAudioTracks, visitVideoTracks } from "@rtmp/flv-tags";
import type { TrackRole } from "@rtmp/flv-tags";

/** What a relay must know of a message before it can decide who gets it and what to keep of it. */
export interface MessageRole {
  readonly kind: "audio" | "video" | "data";
  /** The first track in the message; 0 where there is only one. */
  readonly trackId: number;
  /** Sequence header, HDR metadata or channel layout: what a decoder must have had before it sees a frame. */
  readonly isHeader: boolean;
  /** A viewer can start decoding the track here. */
  readonly isKeyFrame: boolean;
  /** Video that is of no use without a key frame before it. What nobody here can read is not taken for it. */
  readonly isInterFrame: boolean;
  /** Where a header is remembered, one name for each track it speaks of; empty for everything else. */
  readonly headerNames: readonly string[];
}

const none: readonly string[] = [];
const dataRole: MessageRole = {
  kind: "data",
  trackId: 0,
  isHeader: false,
  isKeyFrame: false,
  isInterFrame: false,
  headerNames: none,
};
const audioRole: MessageRole = { ...dataRole, kind: "audio" };
const videoRole: MessageRole = { ...dataRole, kind: "video" };
const keyFrameRole: MessageRole = { ...videoRole, isKeyFrame: true };
const interFrameRole: MessageRole = { ...videoRole, isInterFrame: true };

/** Metadata is for everybody, also for those who wait for a key frame. */
export const metadataRole: MessageRole = { ...dataRole, isHeader: true };

const headerRoles: ReadonlySet<TrackRole> = new Set<TrackRole>(["sequence-header", "metadata", "multichannel-config"]);

/** Looks at a message without decoding it. Never throws: what cannot be read is an ordinary frame. */
export function roleOf(typeId: number, payload: Uint8Array): MessageRole {
  if (typeId === MessageTypeId.Video) return lookAtTracks("video", payload);
  if (typeId === MessageTypeId.Audio) return lookAtTracks("audio", payload);
  return dataRole;
}

/** Real encoders send a handful of tracks; a message may claim millions, and none of its headers is worth remembering then. */
const maxTracks = 64;

/** What one visit of a message's tracks has seen. There is one, and it is reused: messages come one at a time. */
class TrackLook {
  kind: "audio" | "video" = "audio";
  firstTrackId = -1;
  isKeyFrame = false;
  isInterFrame = false;
  headerNames: string[] = [];
  trackCount = 0;

  /** Returns true, which ends the visit, when there are too many tracks. */
  readonly visit = (trackId: number, role: TrackRole): boolean => {
    if (++this.trackCount > maxTracks) return true;
    if (this.firstTrackId < 0) this.firstTrackId = trackId;
    if (role === "key-frame") this.isKeyFrame = true;
    else if (role === "frame" && this.kind === "video") this.isInterFrame = true;
    if (headerRoles.has(role)) this.headerNames.push(`${this.kind} ${role} ${trackId}`);
    return false;
  };

  start(kind: "audio" | "video"): void {
    this.kind = kind;
    this.firstTrackId = -1;
    this.isKeyFrame = false;
    this.isInterFrame = false;
    this.trackCount = 0;
    if (this.headerNames.length > 0) this.headerNames = [];
  }
}

const look = new TrackLook();

function lookAtTracks(kind: "audio" | "video", payload: Uint8Array): MessageRole {
  look.start(kind);
  if (kind === "video") visitVideoTracks(payload, look.visit);
  else visitAudioTracks(payload, look.visit);
  const { isKeyFrame, headerNames } = look;
  const isInterFrame = look.isInterFrame && !isKeyFrame;
  const trackId = Math.max(look.firstTrackId, 0);
  if (look.trackCount > maxTracks) return kind === "video" ? videoRole : audioRole;
  if (headerNames.length > 0) return { kind, trackId, isHeader: true, isKeyFrame, isInterFrame, headerNames };
  if (trackId > 0) return { kind, trackId, isHeader: false, isKeyFrame, isInterFrame, headerNames: none };
  if (kind === "audio") return audioRole;
  return isKeyFrame ? keyFrameRole : isInterFrame ? interFrameRole : videoRole;
}
