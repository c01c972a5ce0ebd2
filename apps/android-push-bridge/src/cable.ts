import type { Environment, Logger } from "@rtmp/app-kit";
import type { StreamFeed, StreamSource } from "./bridge/stream-source.ts";
import type { CableSource } from "./program.ts";
import { ScrcpySource } from "./usb/scrcpy-source.ts";
import type { UsbOptions } from "./usb/usb-options.ts";

/** Makes the source that feeds a stream from a phone on a USB cable. */
export function makeCableSource(
  usb: UsbOptions,
  attach: (source: StreamSource) => StreamFeed,
  logger: Logger,
  environment: Environment,
): CableSource {
  const log = {
    debug: (message: string): void => logger.debug(message),
    info: (message: string): void => logger.info(message),
    warn: (message: string): void => logger.warn(message),
  };
  return new ScrcpySource({ usb, attach, log, environment });
}
