import type { LogLevel } from "@rtmp/app-kit";
import type { UsbOptions } from "./usb/usb-options.ts";

/** Everything there is to configure: checked, and with every default filled in. */
export interface BridgeSettings {
  /** RTMP URLs; each is one phone's. Secret: they may hold stream keys. */
  readonly targets: readonly string[];
  /** As many as targets, or none: then tokens are made of the secret in the state folder. */
  readonly tokens: readonly string[];
  /** Makes a new secret, so that links of before open nothing any more. */
  readonly hasNewLinks: boolean;
  /** `"browser"`: phones come through the page or with a sender of their own. `"adb"`: one phone on a cable. */
  readonly source: "browser" | "adb";
  readonly usb: UsbOptions;

  /** For HTTPS and TCP. */
  readonly host: string;
  /** HTTPS. */
  readonly port: number;
  /** HTTP on the loopback. */
  readonly httpPort: number;
  /** `undefined`: there is no TCP. */
  readonly tcpPort: number | undefined;
  /** What phones are told in place of the machine's own addresses. */
  readonly publicUrl: string | undefined;
  readonly trustsProxy: boolean;
  /** Origins of pages elsewhere that may send. */
  readonly origins: readonly string[];
  /** PEM files in place of a self-signed certificate. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly stateFolder: string;

  readonly statusHost: string;
  readonly statusPort: number;
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: "auto" | "pretty" | "json";
  /** Whether a QR code is shown where a person looks. */
  readonly hasQr: boolean;
}
