import type { IncomingMessage } from "node:http";

/** An address as people write it: IPv4 mapped into IPv6, as sockets of both kinds give it, is IPv4 again. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "unknown").replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Who asks: the socket's address, or the last one that a trusted proxy in front wrote down, which it saw itself. */
export function clientAddress(request: IncomingMessage, trustsProxy: boolean): string {
  const forwarded = trustsProxy ? request.headers["x-forwarded-for"] : undefined;
  const last =
    String(forwarded ?? "")
      .split(",")
      .at(-1)
      ?.trim() ?? "";
  // Anything but an address would be written into logs and limits.
  return plainAddress(/^[\d.a-fA-F:]{2,45}$/.test(last) ? last : request.socket.remoteAddress);
}
