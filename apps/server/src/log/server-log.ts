import type { EventClient, ServerLog } from "@rtmp/server";
import type { Logger } from "@rtmp/app-kit";

/** Passes on what the library logs. */
export function toServerLog(logger: Logger): ServerLog {
  const to =
    (level: keyof ServerLog) =>
    (message: string, fields: Readonly<Record<string, unknown>>): void =>
      logger[level](withClient(fields), message);
  return { debug: to("debug"), error: to("error") };
}

/** A client as lines of the log name it: `client` is its address and port, `connection` a number for as long as it stays. */
export function clientFields({ remoteAddress, remotePort, connectionId }: EventClient): {
  readonly client: string;
  readonly connection: number;
} {
  const address = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
  return { client: `${address}:${remotePort}`, connection: connectionId };
}

function withClient(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!("connectionId" in fields)) return fields;
  const { connectionId, remoteAddress, remotePort, ...others } = fields;
  return { ...others, ...clientFields({ connectionId, remoteAddress, remotePort } as EventClient) };
}
