import type { WorkerOrder } from "./worker-messages.ts";

/** Gives an order to the worker; what is listed goes over and is gone here. */
export type OrderWorker = (order: WorkerOrder, transfer?: readonly Transferable[]) => void;

type TrackProcessor = new <T>(options: { track: MediaStreamTrack; maxBufferSize?: number }) => {
  readonly readable: ReadableStream<T>;
};

const Processor = (globalThis as { readonly MediaStreamTrackProcessor?: TrackProcessor }).MediaStreamTrackProcessor;

/** Whether tracks can be read directly; else a video element and an audio worklet do it. */
export const canReadTracks: boolean = Processor !== undefined;

/** Leads a camera's pictures to the worker. Returns what ends it; the track itself is not stopped. */
export function readPictures(track: MediaStreamTrack, order: OrderWorker): () => void {
  const readable = readableOf<VideoFrame>(track, 2);
  order({ kind: "pictures", readable }, [readable]);
  return () => undefined; // it ends with its track
}

/** The way of browsers without MediaStreamTrackProcessor: each picture that the preview shows. */
export function readElement(video: HTMLVideoElement, order: OrderWorker): () => void {
  let isOver = false;
  const next = (): void => {
    video.requestVideoFrameCallback((_now, metadata) => {
      if (isOver) return;
      if (video.videoWidth > 0) {
        const timestamp = Math.round((metadata.captureTime ?? metadata.expectedDisplayTime) * 1000);
        const picture = new VideoFrame(video, { timestamp });
        order({ kind: "picture", picture }, [picture]);
      }
      next();
    });
  };
  next();
  return () => {
    isOver = true;
  };
}

/** Leads a microphone's sound to the worker. Returns what ends it; the track itself is not stopped. */
export function readSounds(track: MediaStreamTrack, order: OrderWorker): () => void {
  const readable = readableOf<AudioData>(track, 20);
  order({ kind: "sounds", readable }, [readable]);
  return () => undefined;
}

function readableOf<T>(track: MediaStreamTrack, maxBufferSize: number): ReadableStream<T> {
  if (Processor === undefined) throw new TypeError("this browser has no MediaStreamTrackProcessor");
  return new Processor<T>({ track, maxBufferSize }).readable;
}

/** What the worklet posts. */
export interface WorkletSound {
  readonly planes: Float32Array<ArrayBuffer>[];
  readonly frame: number;
}

/** The way of browsers without MediaStreamTrackProcessor. */
export function readWithWorklet(track: MediaStreamTrack, order: OrderWorker): () => void {
  const context = new AudioContext();
  const tap = async (): Promise<void> => {
    await context.audioWorklet.addModule(new URL("sound-worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "sound-tap", { numberOfOutputs: 0 });
    node.port.addEventListener("message", ({ data }: MessageEvent<WorkletSound>) => {
      const { sampleRate } = context;
      const stampUs = Math.round((data.frame * 1_000_000) / sampleRate);
      const transfer = data.planes.map((plane) => plane.buffer);
      order({ kind: "sound", planes: data.planes, sampleRate, stampUs }, transfer);
    });
    node.port.start();
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    await context.resume();
  };
  tap().catch(() => undefined);
  return () => void context.close();
}
