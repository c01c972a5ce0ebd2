import { findDigest, writeDigest, writeSignature } from "./digest.ts";
import { CLIENT_KEY, SERVER_KEY } from "./genuine-keys.ts";
import { type HandshakeOptions, HandshakeSource } from "./options.ts";
import { fillFirstPacket, hasVersion, PACKET_SIZE, type ProgramVersion, RTMP_VERSION } from "./packet.ts";
import { type HandshakeAnswer, PeerPackets } from "./peer-packets.ts";
import type { HandshakeProgress } from "./progress.ts";

const SIMPLE_VERSION: ProgramVersion = [0, 0, 0, 0];

/** Clients take a server of version 3 or later for one that signs (ffmpeg looks at the first byte). */
const DIGEST_VERSION: ProgramVersion = [4, 5, 0, 1];

/**
 * The server's side of the handshake (RTMP 1.0 §5.2): takes C0, C1 and C2, gives S0, S1 and S2.
 *
 * A client whose C1 carries a valid digest gets the digest handshake, in the schema it used; every other client the simple one.
 */
export class ServerHandshake {
  readonly #source: HandshakeSource;
  readonly #peer: PeerPackets = new PeerPackets((c1) => this.#answer(c1));

  /** Throws a `RangeError` when `time` is not a uint32. */
  constructor(options: HandshakeOptions = {}) {
    this.#source = new HandshakeSource(options);
  }

  /**
   * Takes the next bytes from the client, cut anywhere.
   *
   * S0, S1 and S2 are one `reply`, given when C1 is complete; the handshake is done when as many bytes as C2 has have come, whatever they are.
   *
   * Throws a `HandshakeError` when the client does not speak plain RTMP; the same error again at every later push.
   * Throws a `TypeError` when called after the handshake was done.
   */
  push(bytes: Uint8Array): HandshakeProgress {
    return this.#peer.push(bytes);
  }

  #answer(c1: Uint8Array): HandshakeAnswer {
    const reply = new Uint8Array(1 + 2 * PACKET_SIZE);
    reply[0] = RTMP_VERSION;
    const s1 = reply.subarray(1, 1 + PACKET_SIZE);
    const s2 = reply.subarray(1 + PACKET_SIZE);
    const found = hasVersion(c1) ? findDigest(c1, CLIENT_KEY) : undefined;
    if (found === undefined) {
      fillFirstPacket(s1, this.#source, SIMPLE_VERSION);
      s2.set(c1); // the second time field included: librtmp compares all 1536 bytes
      return { reply, scheme: "simple" };
    }
    fillFirstPacket(s1, this.#source, DIGEST_VERSION);
    writeDigest(s1, found.schema, SERVER_KEY);
    this.#source.fill(s2, 0, PACKET_SIZE);
    writeSignature(s2, found.digest, SERVER_KEY);
    return { reply, scheme: "digest" };
  }
}
