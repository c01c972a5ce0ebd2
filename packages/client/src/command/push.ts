import type { FlvTag } from "@rtmp/flv-tags";
import { publish } from "../publisher.ts";
import type { Publisher } from "../publisher.ts";
import type { Invocation } from "./arguments.ts";
import { LoopTimeline } from "./loop-timeline.ts";
import { openTags } from "./media-source.ts";
import { LateFrameGate, Pacer } from "./pacer.ts";
import { Progress } from "./progress.ts";
import { tagRole } from "./tag-role.ts";
import { untilOpen } from "./until-open.ts";
import { CommandError } from "./world.ts";
import type { World } from "./world.ts";

type PushInvocation = Invocation & { readonly kind: "push" };

/** Publishes files. Ends when they do, or in good order when the user interrupts. */
export async function push(invocation: PushInvocation, world: World): Promise<void> {
  const { files, url, rounds, frameRate } = invocation;
  const { interrupt } = world;
  const tags = loopTags(() => openTags(files, frameRate), rounds);
  try {
    const first = await tags.next(); // a file that cannot be read is noticed before the server is
    if (first.done === true) throw new CommandError(`${files.join(", ")}: nothing to send`);
    const publisher = await untilOpen(interrupt, (signal) => publish(url, { signal }));
    const close = (): void => void publisher.close();
    interrupt.addEventListener("abort", close);
    const progress = new Progress("push", world);
    try {
      await send(first.value, tags, publisher, progress, invocation.isFast, world);
    } catch (error) {
      if (!interrupt.aborted) {
        progress.abandon();
        throw error;
      }
    } finally {
      interrupt.removeEventListener("abort", close);
      await publisher.close();
    }
    progress.finish();
  } finally {
    await tags.return();
  }
}

/** The tags of all rounds on one timeline. Throws a `CommandError` for a file that has no frame to loop. */
export async function* loopTags(
  open: () => AsyncGenerator<FlvTag, void, undefined>,
  rounds: number,
): AsyncGenerator<FlvTag, void, undefined> {
  const timeline = new LoopTimeline();
  for (let round = 1; round <= rounds; round++) {
    for await (const tag of open()) {
      const placed = timeline.place(tag, round === rounds);
      if (placed !== undefined) yield placed;
    }
    if (round < rounds && timeline.framesInRound === 0)
      throw new CommandError("nothing to loop: no audio and no video");
    timeline.nextRound();
  }
}

async function send(
  first: FlvTag,
  rest: AsyncGenerator<FlvTag, void, undefined>,
  publisher: Publisher,
  progress: Progress,
  isFast: boolean,
  { clock, interrupt }: World,
): Promise<void> {
  const pacer = new Pacer(clock);
  const gate = new LateFrameGate();
  for (let tag: FlvTag | undefined = first; tag !== undefined; tag = (await rest.next()).value ?? undefined) {
    if (!isFast && tagRole(tag) === "frame") {
      const untilDueMs = pacer.untilDue(tag.timestamp);
      if (untilDueMs > 0) await clock.sleep(untilDueMs, interrupt);
      if (!gate.admits(tag, -untilDueMs)) {
        progress.drop(1);
        continue;
      }
    }
    if (interrupt.aborted) return;
    await publisher.write(tag);
    progress.count(tag);
  }
}
