import type { Clock } from "@rtmp/reactor";
import type { FrameConnection, FrameReceiver } from "../bridge/frame-connection.ts";
import { FrameKind, encodeFrame } from "../protocol/frame.ts";
import { encodeWords } from "../protocol/words.ts";
import type { ConnectionLimits } from "./connection-limits.ts";

/** What every carrier of frames is made with. */
export interface CarrierOptions {
  /** Makes the receiver of a new connection; `onAdmitted` is called when it has said a good Hello. */
  readonly accept: (connection: FrameConnection, onAdmitted: () => void) => FrameReceiver;
  /** Shared by all carriers of a bridge. */
  readonly limits: ConnectionLimits;
  /** Longest frame of an admitted sender, in bytes. */
  readonly maxFrameBytes: number;
  readonly clock: Clock;
  /** Told about what a client got wrong below the frames. */
  readonly onTrouble: (trouble: string, remoteAddress: string) => void;
}

/** How long a connection that was closed may take to send the rest, in ms. */
export const CLOSE_LIMIT_MS = 2000;

/**
 * Finds a new connection its receiver. Where there is no place for it, it is told so and closed, and what it sends counts
 * for nothing.
 */
export function admitConnection(
  connection: FrameConnection,
  { accept, limits }: CarrierOptions,
  onAdmitted: () => void = () => undefined,
): FrameReceiver {
  const place = limits.enter(connection.remoteAddress);
  if (place === undefined) {
    const code = "BRIDGE_TOO_MANY_CONNECTIONS";
    const detail = "too many connections have not said Hello";
    connection.send(encodeFrame({ kind: FrameKind.Refusal, payload: encodeWords({ code, detail }) }));
    connection.close(code);
    return deafReceiver;
  }
  const receiver = accept(connection, () => {
    place.admit();
    onAdmitted();
  });
  return {
    receive: (frame) => receiver.receive(frame),
    fail: (code, detail) => receiver.fail(code, detail),
    closed: () => {
      place.leave();
      receiver.closed();
    },
  };
}

const deafReceiver: FrameReceiver = { receive: () => undefined, fail: () => undefined, closed: () => undefined };
