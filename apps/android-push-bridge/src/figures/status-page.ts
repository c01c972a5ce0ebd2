import type { FiguresPage } from "@rtmp/app-kit";
import type { StreamStats } from "../bridge/stream-figures.ts";
import { distinctStreams } from "./program-stats.ts";
import type { ProgramStats } from "./program-stats.ts";

const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const words: Readonly<Record<StreamStats["state"], string>> = {
  idle: "nobody feeds it",
  waiting: "the phone is gone, the stream waits for it",
  connecting: "the server has not answered yet",
  live: "live",
  unreachable: "the server cannot be reached",
};

/** The status page: what each stream does, for a person, made anew every two seconds. It holds no token. */
export function statusPage(stats: ProgramStats): FiguresPage {
  const streams = distinctStreams(stats.streams).map(streamSection).join("\n");
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Phone bridge</title>
<link rel="stylesheet" href="/status.css">
</head>
<body>
<h1>Phone bridge</h1>
<p>Version ${escaped(stats.version)}, up for ${duration(stats.uptimeMs)}, ${stats.connections} connected${
    stats.refusedConnections === 0 ? "" : `, ${stats.refusedConnections} refused over a limit`
  }.</p>
${streams}
<p><a href="/stats">as JSON</a> · <a href="/metrics">for Prometheus</a></p>
</body>
</html>
`;
  const headers = { "content-security-policy": policy, "referrer-policy": "no-referrer" };
  return { contentType: "text/html; charset=utf-8", text, headers };
}

/** The status page's style sheet. */
export function statusStyle(): FiguresPage {
  const text = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 .5rem; }
.state { border-radius: 1em; padding: .1em .7em; font-size: .8em; border: 1px solid; }
.live { color: light-dark(#0a6b2d, #6fdc8c); }
.unreachable { color: light-dark(#b3261e, #ff8a80); }
.waiting, .connecting { color: light-dark(#8a5a00, #ffcf70); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-top: 1px solid light-dark(#ddd, #444); }
th { font-weight: normal; width: min(14rem, 45%); }
td { font-variant-numeric: tabular-nums; }
`;
  return { contentType: "text/css; charset=utf-8", text };
}

function streamSection(stream: StreamStats): string {
  const rows = rowsOf(stream)
    .map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`)
    .join("\n");
  const state = `<span class="state ${stream.state}">${words[stream.state]}</span>`;
  return `<section>
<h2>${escaped(stream.name)} ${state}</h2>
<table>
${rows}
</table>
</section>`;
}

function rowsOf(stream: StreamStats): readonly (readonly [name: string, value: string])[] {
  const { picture, sound, report } = stream;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Reason", stream.detail],
    ["Phone", stream.device],
    ["On air for", map(stream.onAirMs, duration)],
    ["Picture", map(picture, ({ width, height }) => `${width} × ${height}`)],
    ["Sound", map(sound, soundWords)],
    ["Bit rate", bitrate(stream.bitrate)],
    ["Pictures, frames of sound", `${stream.videoFrames}, ${stream.audioFrames}`],
    ["Received", `${(stream.receivedBytes / 1e6).toFixed(1)} MB`],
    ["Waits for the server", `${(stream.unsentBytes / 1000).toFixed(0)} kB`],
    ["Pictures passed over", String(stream.passedOverFrames)],
    ["Gaps", String(stream.gaps)],
    ["Connections of phones", String(stream.connections)],
    ["RTMP sessions", String(stream.rtmpSessions)],
    ["Phone: sends", map(report?.bitrate, bitrate)],
    ["Phone: pictures a second", map(report?.framesPerSecond, (value) => value.toFixed(1))],
    ["Phone: left out", map(report?.droppedFrames, String)],
    ["Phone: round trip", map(report?.roundTripMs, (value) => `${value.toFixed(0)} ms`)],
    ["Phone: battery", map(report?.battery, (value) => `${(value * 100).toFixed(0)} %`)],
    ["Phone: page in the background", map(report?.isHidden, yesOrNo)],
    ["Phone: muted", map(report?.isMuted, yesOrNo)],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function map<T>(value: T | undefined, toText: (value: T) => string): string | undefined {
  return value === undefined ? undefined : toText(value);
}

function soundWords({ codec, sampleRate, channelCount }: NonNullable<StreamStats["sound"]>): string {
  const rate = sampleRate === undefined ? "" : `, ${sampleRate} Hz`;
  return `${codec}${rate}${channelCount === undefined ? "" : `, channels: ${channelCount}`}`;
}

function bitrate(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1000).toFixed(0)} kbit/s`;
}

function yesOrNo(value: boolean): string {
  return value ? "yes" : "no";
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  return `${hours}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
}

/** Names and words come from phones and servers. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
