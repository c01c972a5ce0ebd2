import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { KeyPair } from "./key-pair.ts";
import { UsageError } from "../usage-error.ts";

/** A certificate and its key that the user has brought. */
export interface GivenKeyPair {
  readonly keyPair: KeyPair;
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
}

/** Reads a certificate chain and its key, PEM. Throws a `UsageError` if a file cannot be read or they are no pair. */
export function readKeyPairFiles(certFile: string, keyFile: string): GivenKeyPair {
  const keyPair = { cert: readPem("--cert", certFile), key: readPem("--key", keyFile) };
  try {
    createSecureContext(keyPair);
    return { keyPair, fingerprint: new X509Certificate(keyPair.cert).fingerprint256 };
  } catch (error) {
    const reason = (error as Error).message;
    throw new UsageError(`${certFile} and ${keyFile} do not make a certificate: ${reason}.`, { cause: error });
  }
}

function readPem(option: string, fileName: string): string {
  try {
    return readFileSync(fileName, "utf8");
  } catch (error) {
    throw new UsageError(`${option} ${fileName} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
