import { AcknowledgementWindow } from "../../src/page/acknowledgement-window.ts";
import { RateControl, type RateDecision, type RateGoal } from "../../src/page/rate-control.ts";

const STEP_MS = 5;
const ACKNOWLEDGE_EVERY_MS = 250;
const SOURCE_FRAMES_PER_SECOND = 30;
const SOUND_BYTES = 320;
const SOUND_EVERY_MS = 20;

/** One moment of a simulated broadcast. */
export interface Moment {
  readonly atMs: number;
  readonly decision: RateDecision;
  /** How old what comes out of the link is. */
  readonly lagMs: number;
  readonly isDropping: boolean;
  /** Pictures that were encoded until now. */
  readonly pictures: number;
}

/** What a simulated broadcast is like. */
export interface Simulation {
  readonly goal: RateGoal;
  readonly durationMs: number;
  /** Bits per second that the link takes at a time. */
  readonly capacity: (atMs: number) => number;
  readonly delayMs?: number;
  /** Bits per second below which the encoder does not go, for full frame rate and size. */
  readonly encoderFloor?: number;
}

interface Queued {
  readonly sentAtMs: number;
  bytes: number;
}

/** A sender, a queue of a capacity as networks have them, and a bridge that acknowledges; no clock but a counter. */
export function simulate({ goal, durationMs, capacity, delayMs = 20, encoderFloor = 0 }: Simulation): Moment[] {
  const control = new RateControl(goal);
  control.connected(ACKNOWLEDGE_EVERY_MS);
  const window = new AcknowledgementWindow();
  const queue: Queued[] = [];
  const onTheWay: { readonly count: number; readonly heldMs: number; readonly atMs: number }[] = [];
  const moments: Moment[] = [];
  let arrivedCount = 0;
  let newestArrivalMs = 0;
  let roundTripMs = 0;
  let pictures = 0;
  const send = (bytes: number, atMs: number): void => {
    queue.push({ sentAtMs: atMs, bytes });
    window.sent(bytes, atMs);
  };
  for (let atMs = 0; atMs < durationMs; atMs += STEP_MS) {
    if (atMs % SOUND_EVERY_MS === 0) send(SOUND_BYTES, atMs);
    const isPictureDue = Math.floor((atMs * SOURCE_FRAMES_PER_SECOND) / 1000);
    const wasDue = Math.floor(((atMs - STEP_MS) * SOURCE_FRAMES_PER_SECOND) / 1000);
    if (isPictureDue !== wasDue && control.admit(atMs) === "encode") {
      const { bitrate, framesPerSecond, scale } = control.decision;
      const bits = Math.max(bitrate / framesPerSecond, (encoderFloor * scale * scale) / SOURCE_FRAMES_PER_SECOND);
      send(Math.round(bits / 8), atMs);
      control.encoded(Math.round(bits / 8), atMs);
      pictures += 1;
    }
    let budget = (capacity(atMs) * STEP_MS) / 8000;
    while (budget > 0 && queue[0] !== undefined) {
      const taken = Math.min(budget, queue[0].bytes);
      queue[0].bytes -= taken;
      budget -= taken;
      if (queue[0].bytes > 0) break;
      queue.shift();
      arrivedCount += 1;
      newestArrivalMs = atMs + delayMs;
    }
    if (atMs % ACKNOWLEDGE_EVERY_MS === 0) {
      onTheWay.push({
        count: arrivedCount,
        heldMs: Math.max(0, atMs + delayMs - newestArrivalMs),
        atMs: atMs + 2 * delayMs,
      });
    }
    while (onTheWay[0] !== undefined && onTheWay[0].atMs <= atMs) {
      const { count, heldMs } = onTheWay.shift()!;
      const acknowledged = window.acknowledge(count, heldMs, atMs);
      roundTripMs = acknowledged?.roundTripMs ?? roundTripMs;
      const acknowledgedBytes = acknowledged?.byteCount ?? 0;
      control.observe({ oldestAgeMs: window.oldestAgeMs(atMs), roundTripMs, acknowledgedBytes, unsentBytes: 0 }, atMs);
      const lagMs = queue[0] === undefined ? 0 : atMs - queue[0].sentAtMs;
      moments.push({ atMs, decision: control.decision, lagMs, isDropping: control.isDropping, pictures });
    }
  }
  return moments;
}
