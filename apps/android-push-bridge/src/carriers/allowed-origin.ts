/**
 * Whether a page may open a connection here: one of this bridge itself, told by the host that was asked, or one of the
 * origins that are allowed. Programs send no origin and are no danger: no browser carries them somebody's rights.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false; // "null", of a page in a sandbox
  const from = new URL(origin);
  if (allowedOrigins.some((allowed) => new URL(allowed).origin === from.origin)) return true;
  const asked = `${from.protocol}//${host ?? ""}`;
  return host !== undefined && URL.canParse(asked) && new URL(asked).origin === from.origin && from.origin !== "null";
}
