import { findDigest, writeDigest, writeSignature } from "./digest.ts";
import { CLIENT_KEY, SERVER_KEY } from "./genuine-keys.ts";
import { type HandshakeOptions, HandshakeSource } from "./options.ts";
import { fillFirstPacket, hasVersion, PACKET_SIZE, type ProgramVersion, RTMP_VERSION } from "./packet.ts";
import { type HandshakeAnswer, PeerPackets } from "./peer-packets.ts";
import type { HandshakeProgress, HandshakeScheme } from "./progress.ts";

const SIMPLE_VERSION: ProgramVersion = [0, 0, 0, 0];

/** A Flash Player that puts its digest where schema 8 says; ffmpeg calls itself the same. */
const DIGEST_VERSION: ProgramVersion = [9, 0, 124, 2];

/** Options of a `ClientHandshake`. */
export interface ClientHandshakeOptions extends HandshakeOptions {
  /**
   * What C1 offers. Default: `"digest"`.
   *
   * A server that does not know digests sees random bytes and answers a simple handshake, which is then what happens. Servers of the Flash family
   * give H.264 and AAC only to clients that offer a digest.
   */
  readonly scheme?: HandshakeScheme | undefined;
}

/** The client's side of the handshake (RTMP 1.0 §5.2): gives C0, C1 and C2, takes S0, S1 and S2. */
export class ClientHandshake {
  readonly #source: HandshakeSource;
  readonly #scheme: HandshakeScheme;
  readonly #peer: PeerPackets = new PeerPackets((s1) => this.#answer(s1));
  #started = false;

  /** Throws a `RangeError` when `time` is not a uint32. */
  constructor(options: ClientHandshakeOptions = {}) {
    this.#source = new HandshakeSource(options);
    this.#scheme = options.scheme ?? "digest";
  }

  /** Returns C0 and C1 in one piece, to be sent first. Throws a `TypeError` when called twice. */
  start(): Uint8Array {
    if (this.#started) throw new TypeError("start() was already called");
    this.#started = true;
    const c0c1 = new Uint8Array(1 + PACKET_SIZE);
    c0c1[0] = RTMP_VERSION;
    const c1 = c0c1.subarray(1);
    if (this.#scheme === "simple") {
      fillFirstPacket(c1, this.#source, SIMPLE_VERSION);
    } else {
      fillFirstPacket(c1, this.#source, DIGEST_VERSION);
      writeDigest(c1, 8, CLIENT_KEY);
    }
    return c0c1;
  }

  /**
   * Takes the next bytes from the server, cut anywhere.
   *
   * C2 is the `reply` given when S1 is complete; the handshake is done when as many bytes as S2 has have come, whatever they are.
   *
   * Throws a `HandshakeError` when the server does not speak plain RTMP; the same error again at every later push.
   * Throws a `TypeError` when called before `start` or after the handshake was done.
   */
  push(bytes: Uint8Array): HandshakeProgress {
    if (!this.#started) throw new TypeError("push() before start()");
    return this.#peer.push(bytes);
  }

  #answer(s1: Uint8Array): HandshakeAnswer {
    const offered = this.#scheme === "digest" && hasVersion(s1);
    const found = offered ? findDigest(s1, SERVER_KEY) : undefined;
    if (found === undefined) return { reply: s1, scheme: "simple" }; // C2 repeats S1 (RTMP 1.0 §5.2.4)
    const c2 = new Uint8Array(PACKET_SIZE);
    this.#source.fill(c2, 0, PACKET_SIZE);
    writeSignature(c2, found.digest, CLIENT_KEY);
    return { reply: c2, scheme: "digest" };
  }
}
