import { HandshakeError } from "./errors.ts";
import { PACKET_SIZE, RTMP_VERSION } from "./packet.ts";
import type { HandshakeProgress, HandshakeScheme } from "./progress.ts";

/** What we say to the peer's C1 or S1. */
export interface HandshakeAnswer {
  readonly reply: Uint8Array;
  readonly scheme: HandshakeScheme;
}

const FIRST_PACKET_END = 1 + PACKET_SIZE;
const SECOND_PACKET_END = FIRST_PACKET_END + PACKET_SIZE;

/**
 * The peer's half of a handshake, the same for both sides: a version byte, a first packet to answer, a second packet.
 *
 * The second packet (C2 or S2) should repeat or sign what we sent, but real peers send anything there (StreamLabs on iOS, for one), and nothing
 * follows from it: only its length counts.
 */
export class PeerPackets {
  readonly #answerFirstPacket: (packet: Uint8Array) => HandshakeAnswer;
  #received = 0;
  #firstPacket: Uint8Array | undefined; // from the version byte until it is answered
  #scheme: HandshakeScheme = "simple";
  #error: HandshakeError | undefined;

  constructor(answerFirstPacket: (packet: Uint8Array) => HandshakeAnswer) {
    this.#answerFirstPacket = answerFirstPacket;
  }

  push(bytes: Uint8Array): HandshakeProgress {
    if (this.#error !== undefined) throw this.#error;
    if (this.#received === SECOND_PACKET_END) throw new TypeError("push() after the handshake was done");
    let position = 0;
    let reply: Uint8Array | undefined;
    if (this.#received === 0 && bytes.length > 0) {
      this.#takeVersion(bytes[0]!);
      position = 1;
    }
    if (this.#firstPacket !== undefined) {
      const part = bytes.subarray(position, position + FIRST_PACKET_END - this.#received);
      this.#firstPacket.set(part, this.#received - 1);
      this.#received += part.length;
      position += part.length;
      if (this.#received < FIRST_PACKET_END) return { done: false, reply: undefined };
      reply = this.#answer(this.#firstPacket);
    }
    const skipped = Math.min(bytes.length - position, SECOND_PACKET_END - this.#received);
    this.#received += skipped;
    if (this.#received < SECOND_PACKET_END) return { done: false, reply };
    return { done: true, reply, rest: bytes.subarray(position + skipped), scheme: this.#scheme };
  }

  #takeVersion(version: number): void {
    if (version !== RTMP_VERSION) {
      const hex = version.toString(16).padStart(2, "0");
      this.#error = new HandshakeError(
        "HANDSHAKE_UNSUPPORTED_VERSION",
        0,
        `RTMP version 0x${hex}, only 3 is supported`,
      );
      throw this.#error;
    }
    this.#received = 1;
    this.#firstPacket = new Uint8Array(PACKET_SIZE);
  }

  #answer(firstPacket: Uint8Array): Uint8Array {
    const { reply, scheme } = this.#answerFirstPacket(firstPacket);
    this.#scheme = scheme;
    this.#firstPacket = undefined;
    return reply;
  }
}
