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
  /** Where a header is remembered, one name for each track it speaks of; empty for everything else. */
  readonly headerNames: readonly string[];
}

const none: readonly string[] = [];
const dataRole: MessageRole = { kind: "data", trackId: 0, isHeader: false, isKeyFrame: false, headerNames: none };
const audioRole: MessageRole = { ...dataRole, kind: "audio" };
const videoRole: MessageRole = { ...dataRole, kind: "video" };
const keyFrameRole: MessageRole = { ...videoRole, isKeyFrame: true };

const headerRoles: ReadonlySet<TrackRole> = new Set<TrackRole>(["sequence-header", "metadata", "multichannel-config"]);

/** Looks at a message without decoding it. Never throws: what cannot be read is an ordinary frame. */
export function roleOf(typeId: number, payload: Uint8Array): MessageRole {
  if (typeId === MessageTypeId.Video) return lookAtTracks("video", payload);
  if (typeId === MessageTypeId.Audio) return lookAtTracks("audio", payload);
  return dataRole;
}

/** What one visit of a message's tracks has seen. There is one, and it is reused: messages come one at a time. */
class TrackLook {
  kind: "audio" | "video" = "audio";
  firstTrackId = -1;
  isKeyFrame = false;
  headerNames: string[] = [];

  readonly visit = (trackId: number, role: TrackRole): void => {
    if (this.firstTrackId < 0) this.firstTrackId = trackId;
    if (role === "key-frame") this.isKeyFrame = true;
    if (headerRoles.has(role)) this.headerNames.push(`${this.kind} ${role} ${trackId}`);
  };

  start(kind: "audio" | "video"): void {
    this.kind = kind;
    this.firstTrackId = -1;
    this.isKeyFrame = false;
    if (this.headerNames.length > 0) this.headerNames = [];
  }
}

const look = new TrackLook();

function lookAtTracks(kind: "audio" | "video", payload: Uint8Array): MessageRole {
  look.start(kind);
  if (kind === "video") visitVideoTracks(payload, look.visit);
  else visitAudioTracks(payload, look.visit);
  const { isKeyFrame, headerNames } = look;
  const trackId = Math.max(look.firstTrackId, 0);
  if (headerNames.length > 0) return { kind, trackId, isHeader: true, isKeyFrame, headerNames };
  if (trackId === 0) return kind === "audio" ? audioRole : isKeyFrame ? keyFrameRole : videoRole;
  return { kind, trackId, isHeader: false, isKeyFrame, headerNames: none };
}
