/** One sender's connection as the bridge sees it, whatever carries it: a WebSocket, TCP, or a pair in memory. */
export interface FrameConnection {
  /** For logs and limits, for example `192.168.1.20`. */
  readonly remoteAddress: string;
  /** Sends one frame. Does nothing once the connection is closed; never throws. */
  send(frame: Uint8Array): void;
  /** What `send` was given and the network has not taken yet, in bytes. */
  readonly unsentBytes: number;
  /** What has come so far, in bytes, also of frames that are not whole yet: it grows while anybody sends. */
  readonly receivedBytes: number;
  /** Closes the connection behind what was sent; `reason` is a word for the close frame and the log. Twice is fine. */
  close(reason: string): void;
}

/** What the bridge makes of a connection; the carrier calls it. */
export interface FrameReceiver {
  /** Takes one whole frame. Its memory is the bridge's from now on. Never throws. */
  receive(frame: Uint8Array): void;
  /** The other side sent something that the carrier could not take for a frame, or too large a frame. */
  fail(code: "BRIDGE_BAD_FRAME" | "BRIDGE_FRAME_TOO_LARGE", detail: string): void;
  /** The connection is gone. Called once, also after `close`. */
  closed(): void;
}
