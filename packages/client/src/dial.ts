import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import type { RtmpUrl } from "@rtmp/session";

const keepAliveDelayMs = 30_000;

/** Begins to connect. A name with several addresses is tried on both families (RFC 8305); bytes may be written at once. */
export function dial(url: RtmpUrl, tlsOptions: ConnectionOptions = {}): Socket {
  const address = { host: url.host, port: url.port, autoSelectFamily: true };
  const socket = url.protocol === "rtmps" ? connectTls({ ...address, ...tlsOptions }) : connectTcp(address);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveDelayMs);
  return socket;
}
