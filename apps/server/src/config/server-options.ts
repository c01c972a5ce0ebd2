import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "node:tls";
import type { ServerOptions } from "@rtmp/server";
import type { Configuration } from "./configuration.ts";
import { memoryFlags } from "../memory.ts";
import { ConfigurationError } from "./problem.ts";

/** The part of the configuration that is the library's. Throws a `ConfigurationError` if a TLS file is no good. */
export function toServerOptions(configuration: Configuration): ServerOptions {
  const { host, port, loops, pickLoop, chunkSize, windowAcknowledgementSize, maxFlushDelayMs } = configuration;
  const { repairPublishers, gopCache, subscriber, limits, timeouts, tls } = configuration;
  return {
    ...{ host, port, loops, pickLoop, chunkSize, windowAcknowledgementSize, maxFlushDelayMs },
    ...{ repairPublishers, gopCache, subscriber, limits, timeouts },
    loopArguments: memoryFlags,
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
  };
}

function readTls(files: NonNullable<Configuration["tls"]>): TlsOptions {
  const tls = { cert: readPem("tls.cert", files.cert), key: readPem("tls.key", files.key) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ConfigurationError([`tls: ${files.cert} and ${files.key} do not make a certificate: ${reason}`]);
  }
  return tls;
}

function readPem(key: string, fileName: string): Buffer {
  try {
    return readFileSync(fileName);
  } catch (error) {
    throw new ConfigurationError([`${key}: ${fileName} cannot be read: ${(error as Error).message}`]);
  }
}
