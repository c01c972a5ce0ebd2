// The digest handshake is not in RTMP 1.0. Its two keys are constants known from Flash Player and Flash Media Server:
// a sentence, which alone makes the digest in C1 and S1, and 32 further bytes, the same for both, which join it for C2 and S2.

const TAIL: readonly number[] = [
  0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec, 0x5d,
  0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

/** The two forms of one side's key. */
export interface GenuineKey {
  /** The sentence: keys the digest inside C1 or S1. */
  readonly digestKey: Uint8Array;
  /** Sentence and tail: keys the signature at the end of C2 or S2. */
  readonly signatureKey: Uint8Array;
}

function genuineKey(sentence: string): GenuineKey {
  const digestKey = new TextEncoder().encode(sentence);
  return { digestKey, signatureKey: Uint8Array.of(...digestKey, ...TAIL) };
}

/** What a client signs with. */
export const CLIENT_KEY: GenuineKey = genuineKey("Genuine Adobe Flash Player 001");

/** What a server signs with. */
export const SERVER_KEY: GenuineKey = genuineKey("Genuine Adobe Flash Media Server 001");
