import { FRAMES_PER_SECOND, qualities, type Quality } from "./quality.ts";

/** Which way a camera looks. */
export type Facing = "environment" | "user";

/** What is captured now. */
export interface Capture {
  readonly video: MediaStreamTrack;
  /** `undefined` if there is no microphone or it is not allowed. */
  readonly audio: MediaStreamTrack | undefined;
}

function videoConstraints(facing: Facing, quality: Quality): MediaTrackConstraints {
  const { longSide, shortSide } = qualities[quality];
  return {
    facingMode: { ideal: facing },
    width: { ideal: longSide },
    height: { ideal: shortSide },
    frameRate: { ideal: FRAMES_PER_SECOND },
  };
}

/** Asks for camera and microphone, and for the camera alone if that fails. Throws the browser's error of the camera. */
export async function openCapture(facing: Facing, quality: Quality): Promise<Capture> {
  const video = videoConstraints(facing, quality);
  const audio = { channelCount: { ideal: 1 }, sampleRate: { ideal: 48_000 }, echoCancellation: false };
  try {
    return tracksOf(await navigator.mediaDevices.getUserMedia({ video, audio }));
  } catch {
    return tracksOf(await navigator.mediaDevices.getUserMedia({ video }));
  }
}

/** Asks for a camera alone, when the microphone is open already. */
export async function openCamera(facing: Facing, quality: Quality): Promise<MediaStreamTrack> {
  return tracksOf(await navigator.mediaDevices.getUserMedia({ video: videoConstraints(facing, quality) })).video;
}

/** Whether there is another camera to flip to. Says the truth only once the camera is allowed. */
export async function hasSeveralCameras(): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput").length > 1;
}

/** What a camera can do beside taking pictures, as far as the browser says. */
export interface CameraSkills {
  readonly hasTorch: boolean;
  readonly zoom: { readonly min: number; readonly max: number; readonly step: number } | undefined;
}

/** Asks a camera for its skills. */
export function cameraSkills(track: MediaStreamTrack): CameraSkills {
  if (!("getCapabilities" in track)) return { hasTorch: false, zoom: undefined };
  const { torch, zoom } = track.getCapabilities() as {
    readonly torch?: boolean;
    readonly zoom?: { readonly min: number; readonly max: number; readonly step?: number };
  };
  const canZoom = zoom !== undefined && zoom.max > zoom.min;
  return {
    hasTorch: torch === true,
    zoom: canZoom ? { min: zoom.min, max: zoom.max, step: zoom.step ?? 0.1 } : undefined,
  };
}

/** Sets torch or zoom. Returns whether the camera did it. */
export async function setSkill(
  track: MediaStreamTrack,
  skill: { torch: boolean } | { zoom: number },
): Promise<boolean> {
  try {
    await track.applyConstraints({ advanced: [skill as MediaTrackConstraintSet] });
    return true;
  } catch {
    return false;
  }
}

function tracksOf(stream: MediaStream): Capture {
  const [video] = stream.getVideoTracks();
  const [audio] = stream.getAudioTracks();
  if (video === undefined) throw new DOMException("no video track", "NotFoundError");
  return { video, audio };
}
