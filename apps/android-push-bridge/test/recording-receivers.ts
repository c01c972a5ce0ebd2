import { EventEmitter, once } from "node:events";
import type { FrameConnection, FrameReceiver } from "../src/bridge/frame-connection.ts";

/** What a bridge would have seen of one connection. */
export interface SeenConnection {
  readonly connection: FrameConnection;
  readonly admit: () => void;
  readonly seen: string[];
}

/** Stands in for a bridge: writes down what carriers hand over, and lets a test wait for it. */
export class RecordingReceivers {
  readonly connections: SeenConnection[] = [];
  readonly #events = new EventEmitter();
  /** Called with each frame, before it is written down. */
  onFrame: (frame: Uint8Array, connection: SeenConnection) => void = () => undefined;

  /** As carriers call it. */
  readonly accept = (connection: FrameConnection, onAdmitted: () => void): FrameReceiver => {
    const entry: SeenConnection = { connection, admit: onAdmitted, seen: [] };
    const note = (words: string): void => {
      entry.seen.push(words);
      this.#events.emit("seen");
    };
    this.connections.push(entry);
    this.#events.emit("seen");
    return {
      receive: (frame) => {
        this.onFrame(frame, entry);
        note(`frame ${Buffer.from(frame).toString("hex").slice(0, 40)} of ${frame.length}`);
      },
      fail: (code, detail) => {
        note(`fail ${code}: ${detail}`);
        connection.close(code);
      },
      closed: () => note("closed"),
    };
  };

  /** Waits until `isSo`. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.#events, "seen");
  }

  /** The connection of that number, from 0, when it is there. */
  async connection(index = 0): Promise<SeenConnection> {
    await this.until(() => this.connections.length > index);
    return this.connections[index]!;
  }
}
