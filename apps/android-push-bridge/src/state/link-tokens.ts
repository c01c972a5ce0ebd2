import { createHmac, randomBytes } from "node:crypto";
import { UsageError } from "../usage-error.ts";
import type { StateFolder } from "./state-folder.ts";

const fileName = "link-secret";
const SECRET_SIZE = 32;
/** 144 bits: 24 characters of a link. */
const TOKEN_SIZE = 18;

/**
 * The secret that all tokens are made of, the one of before or, if there is none or `isNew`, a new one: then links of
 * before open nothing any more. Throws a `UsageError` if the file holds something else.
 */
export function linkSecret(folder: StateFolder, isNew: boolean): Uint8Array {
  const stored = isNew ? undefined : folder.read(fileName);
  if (stored === undefined) {
    const secret = randomBytes(SECRET_SIZE);
    folder.write(fileName, `${secret.toString("base64url")}\n`);
    return secret;
  }
  const secret = Buffer.from(stored.trim(), "base64url");
  if (secret.length === SECRET_SIZE && secret.toString("base64url") === stored.trim()) return secret;
  throw new UsageError(`${folder.path}/${fileName} holds no secret of this program: --new-links makes a new one.`);
}

/** The token of a target: the same after every restart, so that a bookmark goes on, and nobody else's to guess. */
export function linkToken(secret: Uint8Array, target: string): string {
  return createHmac("sha256", secret).update(target).digest().subarray(0, TOKEN_SIZE).toString("base64url");
}
