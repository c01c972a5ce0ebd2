import { TrackClock } from "../clock/track-clock.ts";
import { Broadcast } from "./broadcast.ts";
import type { Sound } from "./sound-encoder.ts";
import type { WorkerOrder, WorkerReport } from "./worker-messages.ts";

const LEVEL_EVERY_MS = 100;

/** The anchors hold before a broadcast begins, when the worker has most to do and everything comes late. */
const anchoring = { anchorUs: 2_000_000 };

let broadcast: Broadcast | undefined;
let pictureClock = new TrackClock(anchoring);
let soundClock = new TrackClock(anchoring);
let peak = 0;
let peakToldAtMs = 0;

function tell(report: WorkerReport): void {
  self.postMessage(report);
}

/** Reads a track's pictures or sounds to their end. A track that breaks says so to the page, by itself. */
async function read<T extends { close(): void }>(readable: ReadableStream<T>, take: (item: T) => void): Promise<void> {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(value);
  }
}

function takePicture(picture: VideoFrame): void {
  const commonUs = pictureClock.toCommon(picture.timestamp, performance.now() * 1000);
  if (broadcast === undefined) picture.close();
  else broadcast.pushPicture(picture, commonUs);
}

function takeAudioData(audioData: AudioData): void {
  const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = audioData;
  const planes = Array.from({ length: Math.min(numberOfChannels, 2) }, (_, planeIndex) => {
    const plane = new Float32Array(numberOfFrames);
    audioData.copyTo(plane, { planeIndex, format: "f32-planar" });
    return plane;
  });
  audioData.close();
  takeSound({ planes, sampleRate }, timestamp);
}

function takeSound(sound: Sound, stampUs: number): void {
  const durationUs = ((sound.planes[0]?.length ?? 0) * 1_000_000) / sound.sampleRate;
  // Sound can arrive no sooner than its last sample was made.
  const commonUs = soundClock.toCommon(Math.round(stampUs + durationUs), performance.now() * 1000) - durationUs;
  for (const plane of sound.planes) for (const sample of plane) peak = Math.max(peak, Math.abs(sample));
  const nowMs = performance.now();
  if (nowMs - peakToldAtMs >= LEVEL_EVERY_MS) {
    tell({ kind: "level", peak });
    peak = 0;
    peakToldAtMs = nowMs;
  }
  broadcast?.pushSound(sound, commonUs);
}

function obey(order: WorkerOrder): void {
  switch (order.kind) {
    case "start":
      broadcast?.stop();
      broadcast = new Broadcast(order.order, tell);
      break;
    case "stop":
      broadcast?.stop();
      broadcast = undefined;
      break;
    case "options":
      broadcast?.setOptions(order.options);
      break;
    case "pictures":
      pictureClock = new TrackClock(anchoring);
      read(order.readable, takePicture).catch(() => undefined);
      break;
    case "picture":
      takePicture(order.picture);
      break;
    case "sounds":
      soundClock = new TrackClock(anchoring);
      read(order.readable, takeAudioData).catch(() => undefined);
      break;
    case "sound":
      takeSound({ planes: order.planes, sampleRate: order.sampleRate }, order.stampUs);
      break;
    case "online":
      broadcast?.online();
      break;
    case "phone":
      broadcast?.setPhone(order.phone);
      break;
  }
}

self.addEventListener("message", ({ data }: MessageEvent<WorkerOrder>) => obey(data));
