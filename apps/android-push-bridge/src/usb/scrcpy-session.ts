import type { Socket } from "node:net";
import type { AdbClient } from "./adb-client.ts";
import { AdbError } from "./adb-error.ts";
import { scrcpyCommand, scrcpySocketName, serverPathOnPhone } from "./scrcpy-command.ts";
import { ScrcpyDemuxer } from "./scrcpy-demuxer.ts";
import type { ScrcpyEvent } from "./scrcpy-demuxer.ts";
import { ScrcpyError } from "./scrcpy-error.ts";
import type { ScrcpyTrack } from "./scrcpy-frames.ts";
import { ScrcpyProcess } from "./scrcpy-process.ts";
import type { ScrcpyServerFile } from "./scrcpy-server-file.ts";
import { scrcpyLayout } from "./scrcpy-version.ts";
import type { UsbOptions } from "./usb-options.ts";

/** Waits; resolves early, and never rejects, when `signal` is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** One run of scrcpy's server on one phone. */
export interface ScrcpyRun {
  readonly client: AdbClient;
  readonly serial: string;
  readonly file: ScrcpyServerFile;
  readonly options: UsbOptions;
  /** 31 random bits. */
  readonly scid: number;
  readonly wait: Wait;
  /** A camera that gives no picture for so long has gone; a screen may stand still. */
  readonly idleTimeoutMs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Hears everything that the phone sends. May throw: that ends the run. */
  onEvent(track: ScrcpyTrack, event: ScrcpyEvent): void;
  /** Hears what the server on the phone writes about itself. */
  onLine(line: string): void;
}

const connectAttempts = 100;
const connectPauseMs = 100;
const lastWordsMs = 2000;

/**
 * Stores the server on the phone, starts it, and reads what it sends until it ends. Resolves when the phone closed the
 * pictures' connection between two packets, or on `signal`; rejects with an `AdbError`, a `ScrcpyError`, or what
 * `onEvent` threw. Nothing of it is open afterwards.
 */
export async function runScrcpy(run: ScrcpyRun): Promise<void> {
  const { client, serial, file, signal } = run;
  const path = serverPathOnPhone(file.version);
  const command = scrcpyCommand({ version: file.version, path, scid: run.scid }, run.options);
  const stored = { path, mode: 0o644, modifiedAt: Math.floor(Date.now() / 1000), content: file.content };
  await client.push(serial, stored, signal);
  const server = await ScrcpyProcess.start(client, { serial, command }, (line) => run.onLine(line), signal);
  const sockets: Socket[] = [];
  const close = (): void => sockets.forEach((socket) => void socket.destroy());
  signal.addEventListener("abort", close, { once: true });
  try {
    const video = await connectWhenListening(run, server);
    sockets.push(video);
    const audio = run.options.hasAudio === false ? undefined : await connectWhenListening(run, server);
    if (audio !== undefined) sockets.push(audio);
    await readTracks(run, server, video, audio);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
    server.close();
  }
}

/** The server takes connections in the order of its tracks. */
async function connectWhenListening(run: ScrcpyRun, server: ScrcpyProcess): Promise<Socket> {
  const { client, serial, scid, signal } = run;
  for (let attempt = 0; attempt < connectAttempts && !server.hasEnded; attempt++) {
    try {
      return await client.connectLocalAbstract(serial, scrcpySocketName(scid), signal);
    } catch (error) {
      if (!(error instanceof AdbError && error.code === "ADB_REFUSED")) throw error;
    }
    await Promise.race([run.wait(connectPauseMs, signal), server.ended]);
  }
  return fail(run, server, "SCRCPY_DID_NOT_START");
}

/** The reason comes over a connection of its own, perhaps a moment later. */
async function fail(
  run: ScrcpyRun,
  server: ScrcpyProcess,
  code: "SCRCPY_DID_NOT_START" | "SCRCPY_NO_VIDEO",
): Promise<never> {
  await Promise.race([run.wait(lastWordsMs, run.signal), server.ended]);
  throw server.failure(code);
}

/** Ends with the pictures; a sound that ends alone leaves them. */
async function readTracks(run: ScrcpyRun, server: ScrcpyProcess, video: Socket, audio?: Socket): Promise<void> {
  const isScreen = run.options.video === "screen";
  const layout = scrcpyLayout(run.file.version);
  const seen = { isVideo: false };
  const onVideo = (event: ScrcpyEvent): void => {
    if (event.kind === "disabled") video.destroy();
    seen.isVideo ||= event.kind === "config" || event.kind === "frame";
    if (isScreen && seen.isVideo) video.setTimeout(0);
    if (event.kind !== "disabled") run.onEvent("video", event);
  };
  video.setTimeout(run.idleTimeoutMs);
  const readings = [readSocket(video, new ScrcpyDemuxer({ track: "video", layout, isFirst: true }), onVideo)];
  if (audio !== undefined) {
    const demuxer = new ScrcpyDemuxer({ track: "audio", layout, isFirst: false });
    const reading = readSocket(audio, demuxer, (event) => run.onEvent("audio", event));
    readings.push(reading.then(() => new Promise<never>(() => undefined)));
  }
  const ended = await Promise.race(readings).catch((error: unknown) => ({ error }));
  if (run.signal.aborted) return;
  const isCutShort =
    ended === undefined || (ended.error instanceof ScrcpyError && ended.error.code === "SCRCPY_TRUNCATED");
  if (isCutShort && !seen.isVideo) await fail(run, server, "SCRCPY_NO_VIDEO");
  if (ended !== undefined) throw ended.error;
}

/** Resolves when the other side has closed between two packets; rejects if anything is wrong. The socket is closed then. */
async function readSocket(
  socket: Socket,
  demuxer: ScrcpyDemuxer,
  onEvent: (event: ScrcpyEvent) => void,
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      failures.push(error);
      socket.destroy();
    }
  };
  socket.on("data", (bytes) => attempt(() => demuxer.push(bytes, onEvent)));
  socket.once("timeout", () => {
    const detail = `the phone has sent no picture for ${socket.timeout} ms: unlock it, or close what uses its camera`;
    failures.push(new ScrcpyError("SCRCPY_NO_VIDEO", detail));
    socket.destroy();
  });
  if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve).resume());
  attempt(() => demuxer.end());
  if (failures.length > 0) throw failures[0];
}
