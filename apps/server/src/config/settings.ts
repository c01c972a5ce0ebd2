import { choice, flag, group, integer, path, text, tokens } from "./setting.ts";
import type { Setting } from "./setting.ts";

const anySize: number = Number.MAX_SAFE_INTEGER;
const oneDayMs = 86_400_000;
const mebibyte = 1024 * 1024;

/** Everything there is to configure, in the order in which help and documents show it. */
export const settings: readonly Setting[] = [
  text("host", "127.0.0.1", "address or name to listen on; 0.0.0.0 or :: for every interface"),
  integer("port", 1935, 0, 65_535, "TCP port; 0 takes any free one"),
  integer("loops", 0, 0, 256, "worker processes, at most one for each core; 0 serves from this one"),
  choice("pickLoop", ["round-robin", "least-connections"], "round-robin", "which loop gets the next connection"),
  integer("loopDrainMs", 0, 0, oneDayMs, "how long a replaced loop keeps its clients, in ms; 0 until they leave"),
  path("tls.cert", "PEM file with the certificate chain: the server speaks rtmps then"),
  path("tls.key", "PEM file with the private key"),
  tokens("publishKeys", "who may publish: stream path, or * for all others, and the token to come with ?token="),

  choice("logLevel", ["debug", "info", "warn", "error", "silent"], "info", "how much is logged"),
  choice("logFormat", ["auto", "pretty", "json"], "auto", "how log lines look"),
  group("metrics", false, "serve /metrics, /stats and /healthz over HTTP"),
  text("metrics.host", "127.0.0.1", "address for them; there is no password"),
  integer("metrics.port", 9464, 0, 65_535, "TCP port for them; 0 takes any free one"),

  integer("chunkSize", 60_000, 128, 16_777_215, "chunk size of what the server writes, in bytes"),
  integer("windowAcknowledgementSize", 5_000_000, 1, 0xffff_ffff, "bytes after which a client acknowledges"),
  integer("maxFlushDelayMs", 20, 0, 1000, "the longest that media waits to be written together with more, in ms"),
  flag("repairPublishers", true, "mend media of phones that breaks FLV's rules; nothing else is touched"),
  group("gopCache", true, "keep the newest group of pictures so that viewers start at once"),
  integer("gopCache.maxBytes", 16 * mebibyte, 0, anySize, "bytes kept of one stream, counted as they are sent"),
  integer("gopCache.maxDurationMs", 30_000, 0, oneDayMs, "length kept of one stream, in ms"),
  integer("gopCache.maxTotalBytes", 512 * mebibyte, 0, anySize, "bytes kept of all streams together"),
  integer("subscriber.skipAboveBytes", 2 * mebibyte, 0, anySize, "a viewer so far behind is cut to the next key frame"),
  integer("subscriber.dropAboveBytes", 16 * mebibyte, 0, anySize, "a viewer so far behind is disconnected"),
  integer("subscriber.maxSkipMs", 20_000, 0, oneDayMs, "a viewer cut for so long is disconnected, in ms"),

  integer("limits.maxConnections", 20_000, 1, anySize, "connections at once"),
  {
    ...integer("limits.maxConnectionsPerAddress", 0, 1, anySize, "connections at once from one address"),
    defaultValue: undefined,
  },
  integer("limits.maxMessageSize", 8 * mebibyte, 1, 16_777_215, "bytes of one message"),
  integer("limits.maxChunkStreams", 64, 1, 65_597, "chunk streams of one connection"),
  integer("limits.maxBufferedBytes", 16 * mebibyte, 1, anySize, "bytes of unfinished messages of one connection"),
  integer("limits.maxStreams", 16, 1, anySize, "message streams of one connection"),
  integer("limits.maxCommandsPerSecond", 200, 1, anySize, "commands and data messages a second of one connection"),
  integer("limits.maxStreamRequestsPerSecond", 10, 1, anySize, "publish and play a second of one connection"),
  integer("limits.maxSmallMessagesPerSecond", 10_000, 1, anySize, "tiny media messages a second of one connection"),
  integer("limits.maxCommandSize", 65_536, 1, 16_777_215, "bytes of one command"),
  integer("limits.maxDataMessageSize", 262_144, 1, 16_777_215, "bytes of one data message, metadata included"),
  integer("limits.maxPendingBytes", 4 * mebibyte, 1, anySize, "bytes that wait while a publisher is being checked"),

  integer("timeouts.handshakeMs", 10_000, 0, oneDayMs, "how long a client may take to connect, in ms; 0 for ever"),
  integer("timeouts.idleMs", 60_000, 0, oneDayMs, "silence that ends a connection, in ms; 0 for never"),
  integer("timeouts.pingIntervalMs", 20_000, 0, oneDayMs, "silence after which a client is pinged, in ms; 0 for never"),
  integer("timeouts.hookMs", 10_000, 1, oneDayMs, "how long checking a client may take, in ms"),
  integer("timeouts.replaceSilentPublisherMs", 5000, 0, oneDayMs, "a publisher so long silent can be replaced, in ms"),
];

const settingsByKey = new Map(settings.map((setting) => [setting.key, setting]));

/** The keys that are only there to hold others, for example `limits`. */
export const groupNames: ReadonlySet<string> = new Set(
  settings.flatMap(({ key }) => (key.includes(".") ? [key.slice(0, key.indexOf("."))] : [])),
);

/** The setting of that key, if there is one. */
export function settingOf(key: string): Setting | undefined {
  return settingsByKey.get(key);
}
