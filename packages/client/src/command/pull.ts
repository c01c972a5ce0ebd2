import { play } from "../player.ts";
import type { Player } from "../player.ts";
import type { Invocation } from "./arguments.ts";
import { openFlvOutput } from "./flv-output.ts";
import type { FlvOutput } from "./flv-output.ts";
import { Progress } from "./progress.ts";
import { GapCounter, RecordingTimeline } from "./recording.ts";
import { tagRole } from "./tag-role.ts";
import { untilOpen } from "./until-open.ts";
import type { World } from "./world.ts";

type PullInvocation = Invocation & { readonly kind: "pull" };

/** Records a stream. Ends with it, after the duration, or when the user interrupts; the file is whole in any case. */
export async function pull(invocation: PullInvocation, world: World): Promise<void> {
  const { interrupt } = world;
  const player = await untilOpen(interrupt, (signal) => play(invocation.url, { signal }));
  const close = (): void => void player.close();
  interrupt.addEventListener("abort", close);
  try {
    const output = await openFlvOutput(invocation.file, world.stdout);
    const progress = new Progress("pull", world);
    try {
      await record(player, output, invocation.durationMs, progress);
    } catch (error) {
      progress.abandon();
      throw error;
    } finally {
      await output.close();
    }
    progress.finish();
  } finally {
    interrupt.removeEventListener("abort", close);
    await player.close();
  }
}

async function record(player: Player, output: FlvOutput, durationMs: number, progress: Progress): Promise<void> {
  const timeline = new RecordingTimeline(durationMs);
  const gaps = new GapCounter();
  for await (const tag of player) {
    const placed = timeline.place(tag);
    if (placed === undefined) return;
    if (!(await output.write(placed))) return;
    progress.count(placed);
    if (tag.type === "video" && tagRole(tag) === "frame") progress.drop(gaps.missingBefore(tag.timestamp));
  }
}
