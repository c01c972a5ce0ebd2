export { ClientHandshake, type ClientHandshakeOptions } from "./client-handshake.ts";
export { HandshakeError, type HandshakeErrorCode } from "./errors.ts";
export { type HandshakeOptions } from "./options.ts";
export { type HandshakeProgress, type HandshakeScheme } from "./progress.ts";
export { ServerHandshake } from "./server-handshake.ts";
