import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { FrameConnection, FrameReceiver } from "../bridge/frame-connection.ts";
import { CLOSE_LIMIT_MS, admitConnection } from "./carrier.ts";
import type { CarrierOptions } from "./carrier.ts";

/** The status with which the bridge closes (docs/bridge-protocol.md "Ends"). */
const CLOSE_STATUS = 4000;
/** What may come before a good Hello, with everything around it: a message is not handed over before it is whole. */
const MOST_BYTES_BEFORE_HELLO = 64 * 1024;
/** A peer that asks and does not take the answers would fill our memory with them. */
const MOST_UNSENT_PONG_BYTES = 1024 * 1024;

/** What carries a WebSocket, as far as it is looked at. */
type Transport = Pick<Socket, "bytesRead" | "on" | "off">;

/** One sender's WebSocket. */
export class WebSocketConnection implements FrameConnection {
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #transport: Transport;
  readonly #options: CarrierOptions;
  readonly #receiver: FrameReceiver;
  #isClosing = false;
  #cancelTimer: () => void = () => undefined;

  /** Takes an open socket, and what carries it. */
  constructor(socket: WebSocket, transport: Transport, remoteAddress: string, options: CarrierOptions) {
    this.remoteAddress = remoteAddress;
    this.#socket = socket;
    this.#transport = transport;
    this.#options = options;
    this.#receiver = admitConnection(this, options, this.#boundHello());
    socket.on("message", (bytes, isBinary) => this.#takeMessage(bytes as Buffer, isBinary));
    socket.on("ping", () => {
      if (socket.bufferedAmount > MOST_UNSENT_PONG_BYTES) socket.terminate();
    });
    socket.on("error", (error) => this.#fault(error));
    socket.on("close", () => {
      this.#cancelTimer();
      this.#isClosing = true;
      this.#receiver.closed();
    });
  }

  get receivedBytes(): number {
    return this.#transport.bytesRead;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosing && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame, ignoreError);
  }

  close(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#cancelTimer();
    this.#socket.close(CLOSE_STATUS, reason);
    this.#cancelTimer = this.#options.clock.schedule(CLOSE_LIMIT_MS, () => this.#socket.terminate());
  }

  /** Until the returned function is called, not much may come: strangers could make us hold it by the megabyte. */
  #boundHello(): () => void {
    const transport = this.#transport;
    const before = transport.bytesRead;
    const look = (): void => {
      if (transport.bytesRead - before <= MOST_BYTES_BEFORE_HELLO) return;
      transport.off("data", look);
      this.#receiver.fail("BRIDGE_FRAME_TOO_LARGE", `more than ${MOST_BYTES_BEFORE_HELLO} bytes before a Hello`);
    };
    transport.on("data", look);
    return () => transport.off("data", look);
  }

  #takeMessage(bytes: Buffer, isBinary: boolean): void {
    if (this.#isClosing) return;
    if (!isBinary) this.#receiver.fail("BRIDGE_BAD_FRAME", "a text message");
    else this.#receiver.receive(bytes);
  }

  #fault(error: Error & { readonly code?: string }): void {
    this.#options.onTrouble(error.message, this.remoteAddress);
    if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
      this.#receiver.fail("BRIDGE_FRAME_TOO_LARGE", "a message far beyond every limit");
    } else if (error.code?.startsWith("WS_ERR") === true) {
      this.#receiver.fail("BRIDGE_BAD_FRAME", error.message);
    }
    this.#isClosing = true; // the library is closing it, with a status of its own
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.schedule(CLOSE_LIMIT_MS, () => this.#socket.terminate());
  }
}

function ignoreError(): void {
  // The socket is on its way out, and says so itself.
}
