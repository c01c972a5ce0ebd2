import { CapsEx } from "@rtmp/session";
import type { ClientSession, ConnectParameters, Reply, RtmpUrl, Status } from "@rtmp/session";
import { RejectedError } from "./errors.ts";
import type { RefusedCommand } from "./errors.ts";
import type { ClientOptions } from "./options.ts";

/** What a connection is opened for. */
export type StreamRequest =
  | { readonly role: "publish"; readonly publishType: string }
  | { readonly role: "play"; readonly start: number; readonly bufferLengthMs: number };

/** How a request ends, if the connection lives that long: `onRequested` comes before the server's `…Start`. */
export interface RequestOutcome {
  onRequested(messageStreamId: number): void;
  onRefused(error: RejectedError): void;
}

/** Sends the commands that lead to a stream; each waits for the answer it needs (RTMP 1.0 §7.3). */
export function requestStream(
  session: ClientSession,
  url: RtmpUrl,
  request: StreamRequest,
  options: ClientOptions,
  outcome: RequestOutcome,
): void {
  const { streamKey } = url;
  const refuse = (command: RefusedCommand, { status }: Reply): void => outcome.onRefused(rejection(command, status));
  session.connect(connectParameters(url, request.role, options), (connected) => {
    if (isRefusal(connected)) return refuse("connect", connected);
    if (request.role === "publish") {
      // Not in the specification; servers of the Flash family open the stream by it. Their answers are not waited for.
      session.call("releaseStream", [streamKey]);
      session.call("FCPublish", [streamKey]);
    }
    session.call("createStream", [], (created) => {
      const messageStreamId = created.values[0];
      if (created.isError || !isUint32(messageStreamId)) return refuse("createStream", created);
      outcome.onRequested(messageStreamId);
      if (request.role === "publish") session.publish(messageStreamId, streamKey, request.publishType);
      else {
        session.play(messageStreamId, streamKey, request.start);
        session.setBufferLength(messageStreamId, request.bufferLengthMs);
      }
    });
  });
}

/** What a status means for the stream that was asked for. */
export function judgeStatus(role: StreamRequest["role"], status: Status): "started" | "refused" | "news" {
  if (status.code === (role === "publish" ? "NetStream.Publish.Start" : "NetStream.Play.Start")) return "started";
  return status.level === "error" || refusingCodes.has(status.code) ? "refused" : "news";
}

/** The error for what the server said, which may be nothing. */
export function rejection(command: RefusedCommand, status: Status): RejectedError {
  const code = status.code === "" ? "NetConnection.Call.Failed" : status.code;
  return new RejectedError(command, code, status.description);
}

/** Refusals by their code alone: not every server sets the level. */
const refusingCodes: ReadonlySet<string> = new Set([
  "NetConnection.Connect.AppShutdown",
  "NetConnection.Connect.Closed",
  "NetConnection.Connect.Rejected",
  "NetStream.Failed",
  "NetStream.Play.Failed",
  "NetStream.Play.StreamNotFound",
  "NetStream.Publish.BadConnection",
  "NetStream.Publish.BadName",
  "NetStream.Publish.Denied",
  "NetStream.Unpublish.Success", // while we publish: somebody else has ended our stream
]);

function isRefusal(reply: Reply): boolean {
  return reply.isError || reply.status.level === "error";
}

function isUint32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

function connectParameters(url: RtmpUrl, role: StreamRequest["role"], options: ClientOptions): ConnectParameters {
  const flashVer = options.flashVer ?? (role === "publish" ? "FMLE/3.0 (compatible; rtmp)" : "LNX 9,0,124,2");
  const codecs = role === "publish" ? {} : { audioCodecs: 0x0fff, videoCodecs: 0x00ff }; // all (RTMP 1.0 §7.2.1.1)
  const enhanced = options.enhanced === false ? {} : enhancedParameters(role, options.onStatus !== undefined);
  return { app: url.app, tcUrl: url.tcUrl, flashVer, extra: { ...codecs, ...enhanced } };
}

/** Payloads pass through unread, so every codec goes (E-RTMP v2 "Enhancing NetConnection connect Command"). */
function enhancedParameters(
  role: StreamRequest["role"],
  hearsStatus: boolean,
): NonNullable<ConnectParameters["extra"]> {
  const everyCodec = { "*": role === "publish" ? CanEncode | CanForward : CanDecode | CanForward };
  const capsEx = CapsEx.Multitrack | CapsEx.ModEx | CapsEx.TimestampNanoOffset;
  return {
    fourCcList: ["*"],
    videoFourCcInfoMap: everyCodec,
    audioFourCcInfoMap: everyCodec,
    capsEx: hearsStatus ? capsEx | CapsEx.Reconnect : capsEx,
  };
}

const CanDecode = 1;
const CanEncode = 2;
const CanForward = 4;
