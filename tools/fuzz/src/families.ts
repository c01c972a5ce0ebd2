import type { Amf0ErrorCode } from "@rtmp/amf0";
import type { ChunkErrorCode } from "@rtmp/chunk";
import type { FlvErrorCode } from "@rtmp/flv-tags";
import type { HandshakeErrorCode } from "@rtmp/handshake";
import type { SessionErrorCode } from "@rtmp/session";
import type { ErrorFamily } from "./observation.ts";

// Records, so that the compiler notices a code that is new or gone.
const amf0Codes: Record<Amf0ErrorCode, true> = {
  AMF0_TRUNCATED: true,
  AMF0_TRAILING_BYTES: true,
  AMF0_UNKNOWN_MARKER: true,
  AMF0_UNSUPPORTED_TYPE: true,
  AMF0_UNEXPECTED_TYPE: true,
  AMF0_FORBIDDEN_KEY: true,
  AMF0_BAD_REFERENCE: true,
  AMF0_CIRCULAR_REFERENCE: true,
  AMF0_TOO_DEEP: true,
  AMF0_TOO_MANY_NODES: true,
  AMF0_STRINGS_TOO_LONG: true,
};

const chunkCodes: Record<ChunkErrorCode, true> = {
  CHUNK_UNKNOWN_PREVIOUS_HEADER: true,
  CHUNK_HEADER_CHANGED: true,
  CHUNK_MESSAGE_TOO_LARGE: true,
  CHUNK_TOO_MANY_STREAMS: true,
  CHUNK_TOO_MANY_BUFFERED_BYTES: true,
  CHUNK_BAD_CHUNK_SIZE: true,
  CHUNK_BAD_CONTROL_MESSAGE: true,
  CHUNK_BAD_AGGREGATE: true,
};

const flvCodes: Record<FlvErrorCode, true> = {
  FLV_BAD_SIGNATURE: true,
  FLV_UNSUPPORTED_VERSION: true,
  FLV_BAD_HEADER: true,
  FLV_TAG_TOO_LARGE: true,
  FLV_TRUNCATED: true,
  FLV_BAD_MOD_EX: true,
  FLV_BAD_MULTITRACK: true,
  FLV_BAD_SCRIPT: true,
  FLV_BAD_CONFIG: true,
  FLV_BAD_NAL_UNIT: true,
  FLV_BAD_ADTS: true,
  FLV_ACCESS_UNIT_TOO_LARGE: true,
};

const handshakeCodes: Record<HandshakeErrorCode, true> = { HANDSHAKE_UNSUPPORTED_VERSION: true };

const sessionCodes: Record<SessionErrorCode, true> = {
  SESSION_BAD_COMMAND: true,
  SESSION_COMMAND_BEFORE_CONNECT: true,
  SESSION_CONNECT_REJECTED: true,
  SESSION_CONNECT_TWICE: true,
  SESSION_HANDSHAKE_TIMEOUT: true,
  SESSION_IDLE_TIMEOUT: true,
  SESSION_MESSAGE_TOO_LARGE: true,
  SESSION_TOO_MANY_COMMANDS: true,
  SESSION_TOO_MANY_MESSAGES: true,
  SESSION_TOO_MANY_STREAMS: true,
  SESSION_TOO_MUCH_PENDING: true,
};

export const amf0Errors: ErrorFamily = { name: "Amf0Error", codes: Object.keys(amf0Codes) };
export const chunkErrors: ErrorFamily = { name: "ChunkError", codes: Object.keys(chunkCodes) };
export const flvErrors: ErrorFamily = { name: "FlvError", codes: Object.keys(flvCodes) };
export const handshakeErrors: ErrorFamily = { name: "HandshakeError", codes: Object.keys(handshakeCodes) };
export const sessionErrors: ErrorFamily = { name: "SessionError", codes: Object.keys(sessionCodes) };
