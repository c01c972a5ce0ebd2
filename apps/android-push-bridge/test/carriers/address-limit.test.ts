import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { ManualClock } from "@rtmp/reactor/testing";
import { expect, onTestFinished, test } from "vitest";
import { ConnectionLimits } from "../../src/carriers/connection-limits.ts";
import { TcpCarrier } from "../../src/carriers/tcp-carrier.ts";
import { PageHttp } from "../../src/http/page-http.ts";
import { RecordingReceivers } from "../recording-receivers.ts";
import { ownCertificate } from "../../src/state/certificate.ts";
import { StateFolder } from "../../src/state/state-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Opens sockets that say nothing until one is cut off, and tells how many stay; `from` another address, if it is given. */
async function silentSockets(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}

async function isCutOff(socket: Socket): Promise<boolean> {
  socket.resume();
  if (!socket.destroyed) await once(socket, "close");
  return socket.destroyed;
}

/** Whether a socket from another address of this machine is kept for as long as one of ours takes to be cut off. */
async function isKept(port: number, localAddress: string): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const [oneMore] = await silentSockets(port, 1);
  await isCutOff(oneMore!);
  return !socket.destroyed && !socket.readableEnded;
}

test("one address cannot take every socket of the page's server and keep phones out", async () => {
  const names = { hostname: "bridge", addresses: ["127.0.0.1"] };
  const { keyPair } = await ownCertificate(new StateFolder(temporaryFolder()), names, new Date());
  const upgrade = (): void => undefined;
  const http = new PageHttp({ page: new Map(), keyPair, upgrade, limitsAddresses: true });
  const port = await http.listen(0, "127.0.0.1");
  onTestFinished(() => http.stopListening());
  const sockets = await silentSockets(port, 65);
  expect(await isCutOff(sockets[64]!)).toBe(true);
  expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(64);
  expect(await isKept(port, "127.0.0.2")).toBe(true);
});

test("one address cannot take every socket for native senders either", async () => {
  const carrier = new TcpCarrier({
    accept: new RecordingReceivers().accept,
    limits: new ConnectionLimits({ maxConnections: 256, maxWaiting: 256, maxWaitingPerAddress: 256 }),
    maxFrameBytes: 1000,
    clock: new ManualClock(),
    onTrouble: () => undefined,
  });
  const port = await carrier.listen(0, "127.0.0.1");
  const sockets = await silentSockets(port, 65);
  expect(await isCutOff(sockets[64]!)).toBe(true);
  expect(await isKept(port, "127.0.0.2")).toBe(true);
  for (const socket of sockets) socket.destroy();
  await carrier.close();
});
