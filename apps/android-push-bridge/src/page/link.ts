/** What the link to the page says, behind its `#`; nothing of it ever reaches a server's log. */
export interface Link {
  /** Empty if the link has none. */
  readonly token: string;
  /** `"test"`: a generated picture and tone in place of camera and microphone. */
  readonly source: "camera" | "test";
  /** Opus only where every viewer is known to understand Enhanced RTMP. */
  readonly audio: "aac" | "opus";
  /** How pictures are read: `"element"` goes the way of browsers without MediaStreamTrackProcessor. */
  readonly reader: "processor" | "element";
}

/** Reads the part of an address from its `#` on. Unknown parameters are passed over. */
export function parseLink(hash: string): Link {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    token: parameters.get("t") ?? "",
    source: parameters.get("source") === "test" ? "test" : "camera",
    audio: parameters.get("audio") === "opus" ? "opus" : "aac",
    reader: parameters.get("reader") === "element" ? "element" : "processor",
  };
}
