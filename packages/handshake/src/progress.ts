/**
 * Which of the two handshakes the peers agreed on.
 *
 * `"simple"` is the one of the specification; `"digest"` is what Flash Player 9 and later speak, with HMAC-SHA256 digests in C1, S1, C2 and S2.
 */
export type HandshakeScheme = "simple" | "digest";

/**
 * What a `push` led to.
 *
 * `reply` is to be sent to the peer at once; it is owned by the caller. `rest` holds the bytes behind the handshake: they already are
 * RTMP chunks. It is a view of the pushed bytes, not a copy, so it is valid as long as those are; it may be empty.
 */
export type HandshakeProgress =
  | { readonly done: false; readonly reply: Uint8Array | undefined }
  | {
      readonly done: true;
      readonly reply: Uint8Array | undefined;
      readonly rest: Uint8Array;
      readonly scheme: HandshakeScheme;
    };
