import { parseRtmpUrl } from "@rtmp/session";

/** Longer stream keys are taken for secrets and shown by their beginning only. */
const LONGEST_SHOWN_KEY = 16;
/** What is shorter keeps no secret, and stands in many words by chance. */
const SHORTEST_SECRET = 6;

/**
 * What a target is called where others may read it: without host, query, and the better part of a secret key. Throws a
 * `TypeError` for what is no RTMP URL with a stream key.
 */
export function streamName(target: string): string {
  const { app, streamKey } = parseRtmpUrl(target);
  const [shownApp = ""] = app.split("?");
  const [key = ""] = streamKey.split("?");
  if (key === "") throw new TypeError("a target needs a stream key: rtmp://host/app/streamKey");
  return `${shownApp}/${shownKey(key)}`;
}

/** A server's words without what is secret in the target: servers like to repeat what they were asked for. */
export function withoutSecrets(words: string, target: string): string {
  let shown = words;
  for (const [secret, instead] of secretsOf(target)) shown = shown.replaceAll(secret, instead);
  return shown;
}

/** Longest first, so that none is cut up before it is found. */
function secretsOf(target: string): readonly (readonly [secret: string, instead: string])[] {
  const { app, streamKey } = parseRtmpUrl(target);
  const [key = "", ...queries] = [...streamKey.split("?"), ...app.split("?").slice(1)];
  const values = queries.flatMap((query) => [...new URLSearchParams(query).values(), ...query.split(/[&=]/)]);
  const secrets = [...queries, ...values].filter((secret) => secret.length >= SHORTEST_SECRET);
  const pairs = secrets.map((secret): readonly [string, string] => [secret, "…"]);
  return [...pairs, [key, shownKey(key)] as const].sort(([one], [other]) => other.length - one.length);
}

function shownKey(key: string): string {
  return key.length > LONGEST_SHOWN_KEY ? `${key.slice(0, 4)}…` : key;
}
