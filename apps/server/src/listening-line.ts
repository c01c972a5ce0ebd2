import { networkInterfaces } from "node:os";
import type { NetworkInterfaceInfo } from "node:os";

/** What the first line needs to know. */
export interface Listening {
  /** As configured. */
  readonly host: string;
  /** As bound: never 0. */
  readonly port: number;
  readonly isTls: boolean;
  readonly needsToken: boolean;
}

/** Where a person can push to and watch. */
export interface ListeningUrls {
  readonly pushUrl: string;
  readonly watchUrl: string;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** The URLs of an example stream, with an address that can be reached where the server listens on every interface. */
export function listeningUrls(listening: Listening, interfaces: Interfaces = networkInterfaces()): ListeningUrls {
  const host = reachableHost(listening.host, interfaces);
  const authority = `${host.includes(":") ? `[${host}]` : host}:${listening.port}`;
  const watchUrl = `${listening.isTls ? "rtmps" : "rtmp"}://${authority}/live/stream0`;
  return { watchUrl, pushUrl: listening.needsToken ? `${watchUrl}?token=TOKEN` : watchUrl };
}

/** The one line that says that the server can be used, and how. */
export function listeningLine({ pushUrl, watchUrl }: ListeningUrls): string {
  return `RTMP server ready — push to ${pushUrl} and watch ${watchUrl}`;
}

function reachableHost(host: string, interfaces: Interfaces): string {
  const isAny = host === "0.0.0.0" || /^[0:]*:[0:]*$/.test(host); // "::" can be written with more zeros
  if (!isAny) return host;
  const addresses = Object.values(interfaces).flatMap((one) => one ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
