/** The parts of an RTMP URL as a client needs them. */
export interface RtmpUrl {
  readonly protocol: "rtmp" | "rtmps";
  /** Host name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Everything between the host and the last path segment: the application and its instance, with its own query. */
  readonly app: string;
  /** The last path segment with its query, as it goes on the wire; empty if the URL has one segment only. */
  readonly streamKey: string;
  /** What `connect` carries: the URL up to and including `app`. */
  readonly tcUrl: string;
}

const defaultPorts = { rtmp: 1935, rtmps: 443 } as const;

/**
 * Splits `rtmp://host[:port]/app[/instance]/streamKey[?query]`; what is behind the host may be missing. A query belongs to
 * what it follows: `app?vhost=v/streamKey` is taken too. A user name and a password are left out. Throws `TypeError` on
 * anything else. Percent-encoding is left alone: servers compare names byte by byte.
 */
export function parseRtmpUrl(url: string): RtmpUrl {
  const match = /^(rtmps?):\/\/(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/:?#[\]\s]+)(?::(\d{1,5}))?(?:\/(.*))?$/is.exec(url);
  // The URL is not in the message: it ends with what must stay secret.
  if (match === null) throw new TypeError("not an RTMP URL: rtmp://host[:port]/app/streamKey is one");
  const protocol = match[1]?.toLowerCase() === "rtmps" ? "rtmps" : "rtmp";
  const bracketed = match[2] ?? "";
  const port = match[3] === undefined ? defaultPorts[protocol] : Number(match[3]);
  if (port < 1 || port > 65535) throw new TypeError(`not a port: ${port}`);
  const { app, streamKey } = splitPath(match[4] ?? "");
  const authority = port === defaultPorts[protocol] ? bracketed : `${bracketed}:${port}`;
  return {
    protocol,
    host: bracketed.startsWith("[") ? bracketed.slice(1, -1) : bracketed,
    port,
    app,
    streamKey,
    tcUrl: `${protocol}://${authority}/${app}`,
  };
}

function splitPath(path: string): { readonly app: string; readonly streamKey: string } {
  const [beforeQuery = "", firstQuery, ...laterQueries] = path.split("?");
  const segments = segmentsOf(beforeQuery);
  const name = segments.length > 1 ? segments.pop() : undefined;
  const app = segments.join("/");
  if (firstQuery === undefined) return { app, streamKey: name ?? "" };
  if (name !== undefined) return { app, streamKey: [name, firstQuery, ...laterQueries].join("?") };
  // `app?query/streamKey`: the last slash before a second query ends the first one.
  const slash = firstQuery.lastIndexOf("/");
  if (slash < 0) return { app: [app, firstQuery, ...laterQueries].join("?"), streamKey: "" };
  return {
    app: `${app}?${firstQuery.slice(0, slash)}`,
    streamKey: [firstQuery.slice(slash + 1), ...laterQueries].join("?"),
  };
}

/** Where a `publish` or `play` leads. */
export interface StreamAddress {
  /** First segment of the path. */
  readonly app: string;
  /** Segments between the application and the stream's own name; empty for most. */
  readonly instance: string;
  /** What follows `app/`, without query; holds the instance if there is one. Empty for who names an application only. */
  readonly streamKey: string;
  /** `app/streamKey`, or `app` alone without a key: what the stream is known by. */
  readonly streamPath: string;
  /** Everything asked with `?key=value`, wherever the client put it; of a key given twice the last. */
  readonly query: URLSearchParams;
}

const maxPathLength = 1024;
/** Of the application, the name and tcUrl each, queries included: a token of 2 kB has room, a flood of keys has not. */
const maxTextLength = 4096;

/**
 * Joins the application of `connect` and the name of `publish` or `play`. Clients cut one URL in different places
 * (`a/b` + `c`, `a` + `b/c`, a slash at the end of the application) and put the query behind the application, the name or
 * only into tcUrl; all of them meet in the same path. Where the name is empty, as of `rtmp://host/app`, the application
 * is the whole path. Returns `undefined` for a name nobody should have: below no application,
 * with `.` or `..` segments, with control characters or backslashes, with a path longer than 1024 characters, or where
 * the application, the name or tcUrl is longer than 4096 with its query.
 */
export function resolveStreamAddress(app: string, name: string, tcUrl = ""): StreamAddress | undefined {
  const path = resolveStreamPath(app, name);
  if (path === undefined || tcUrl.length > maxTextLength) return undefined;
  const [first = "", ...rest] = path.split("/");
  return {
    app: first,
    instance: rest.slice(0, -1).join("/"),
    streamKey: rest.join("/"),
    streamPath: path,
    query: joinQueries(tcUrl, app, name),
  };
}

/** The path of `resolveStreamAddress` alone. */
export function resolveStreamPath(app: string, name: string): string | undefined {
  if (app.length > maxTextLength || name.length > maxTextLength) return undefined;
  const appSegments = segmentsOf(withoutQuery(app));
  if (appSegments.length === 0) return undefined;
  const segments = [...appSegments, ...segmentsOf(withoutQuery(name))];
  const path = segments.join("/");
  if (path.length > maxPathLength) return undefined;
  return segments.every((segment) => segment !== "." && segment !== ".." && isPlainText(segment)) ? path : undefined;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function withoutQuery(text: string): string {
  const at = text.indexOf("?");
  return at < 0 ? text : text.slice(0, at);
}

/** The queries of all texts; the later ones win. Linear, because strangers write them: `URLSearchParams.set` is not. */
function joinQueries(...texts: readonly string[]): URLSearchParams {
  const values = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("?");
    if (at < 0) continue;
    // A second "?" starts no second query: phones write "key?a=1?b=2".
    for (const [key, value] of new URLSearchParams(text.slice(at + 1).replaceAll("?", "&"))) values.set(key, value);
  }
  return new URLSearchParams([...values]);
}

/** Whether the text has neither control characters nor backslashes. */
function isPlainText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x5c) return false;
  }
  return true;
}
