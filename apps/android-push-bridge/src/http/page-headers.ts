/** A name with a hash of the content in it, as bundlers write them: what lies behind it never changes. */
const hashedName = /[-.][A-Z0-9]{8,}\.[a-z0-9.]+$|[-.][a-f0-9]{8,}\.[a-z0-9.]+$/;
const hostHeader = /^[\w.:[\]-]{1,255}$/;

/** What every response of the page's server says, whatever it carries. */
export const guardHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** The headers of a file of the page, for somebody who asked for it by `host`. */
export function pageHeaders(
  path: string,
  contentType: string,
  host: string | undefined,
): Readonly<Record<string, string>> {
  const isHtml = contentType.startsWith("text/html");
  return {
    ...guardHeaders,
    "content-type": contentType,
    "cache-control": cacheControl(path, isHtml),
    // Workers take their policy from their own script's response.
    "content-security-policy": contentSecurityPolicy(host),
    ...(isHtml ? { "permissions-policy": "camera=(self), microphone=(self), screen-wake-lock=(self)" } : {}),
  };
}

function cacheControl(path: string, isHtml: boolean): string {
  if (isHtml) return "no-store";
  return hashedName.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
}

function contentSecurityPolicy(host: string | undefined): string {
  // Safari before 15.4 does not count its own WebSockets as 'self'.
  const ownSockets = host !== undefined && hostHeader.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    `connect-src 'self'${ownSockets}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
