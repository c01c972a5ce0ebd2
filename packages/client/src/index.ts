export { ClientError, RejectedError } from "./errors.ts";
export type { ClientErrorCode, RefusedCommand } from "./errors.ts";
export type { ClientOptions, PlayOptions, PublishOptions, StatusReport } from "./options.ts";
export { play } from "./player.ts";
export type { Player } from "./player.ts";
export { publish } from "./publisher.ts";
export type { Publisher } from "./publisher.ts";
