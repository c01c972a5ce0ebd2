import type { FuzzTarget } from "../target.ts";
import { amf0Target } from "./amf0.ts";
import { chunkTarget } from "./chunk.ts";
import { clientSessionTarget } from "./client-session.ts";
import { elementaryTarget } from "./elementary.ts";
import { flvTarget } from "./flv.ts";
import { handshakeTarget } from "./handshake.ts";
import { serverSessionTarget } from "./server-session.ts";
import { serverTarget } from "./server.ts";
import { tagsTarget } from "./tags.ts";

/** Every target. */
export const targets: readonly FuzzTarget[] = [
  amf0Target,
  handshakeTarget,
  chunkTarget,
  flvTarget,
  tagsTarget,
  elementaryTarget,
  serverSessionTarget,
  clientSessionTarget,
  serverTarget,
];
