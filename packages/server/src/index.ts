export { createRtmpServer, RtmpServer } from "./create-server.ts";
export type { ServerAddress } from "./create-server.ts";
export type {
  CodedError,
  EndReason,
  EventClient,
  EventStream,
  LoopEndFacts,
  PublicationFigures,
  Refusal,
  ServerEvents,
} from "./events.ts";
export type { GopCacheLimits } from "./gop-cache.ts";
export type { ClientInfo, ConnectHookRequest, ServerHooks, StreamHookRequest } from "./hooks.ts";
export type { LiveStreamFigures } from "./live-stream.ts";
export type { ReconnectRequest } from "./loop-protocol.ts";
export type { MessageRole } from "./message-role.ts";
export type {
  GopCacheOptions,
  LoopSettingOptions,
  ServerLimits,
  ServerLog,
  ServerOptions,
  ServerTimeouts,
} from "./options.ts";
export { Rejection } from "./rejection.ts";
export type { Repair } from "./repair/repair.ts";
export type { ServerLoopStats, ServerStats, StreamStats } from "./stats.ts";
export type { StreamTrack } from "./stream-tracks.ts";
export type { SubscriberTransport } from "./subscriber.ts";
export type { SubscriberLimits } from "./subscriber-gate.ts";
export type { MediaMessage, WireFormat } from "./wire-format.ts";
