import { ClientHandshake, ServerHandshake } from "@rtmp/handshake";
import { labelOf, load } from "./competitors.ts";
import type { BenchCase } from "./measure.ts";

interface NodeMediaServerRtmp {
  new (): { onOutputCallback: (bytes: Buffer) => void; parserData(bytes: Buffer): string | null };
}

const C0_C1_SIZE = 1537;
const REPLY_SIZE = 3073;

/** A server's answer to C0 and C1. */
export function handshakeCases(): BenchCase[] {
  return (["simple", "digest"] as const).map((scheme) => {
    const c0c1 = Buffer.from(new ClientHandshake({ scheme }).start());
    const Rtmp = load("node-media-server", "src/protocol/rtmp.js") as NodeMediaServerRtmp;
    return {
      name: `server's answer, ${scheme}`,
      byteCount: C0_C1_SIZE + REPLY_SIZE,
      messageCount: 1,
      contenders: [
        { name: "@rtmp/handshake", run: () => new ServerHandshake().push(c0c1).reply },
        {
          name: labelOf("node-media-server"),
          run: () => {
            let reply: Buffer | undefined;
            const rtmp = new Rtmp();
            rtmp.onOutputCallback = (bytes) => {
              reply = bytes;
            };
            rtmp.parserData(c0c1);
            return reply;
          },
        },
      ],
      verify(result) {
        const { length } = result as Uint8Array;
        if (length !== REPLY_SIZE) throw new Error(`answers ${length} bytes`);
        const client = new ClientHandshake({ scheme });
        client.start();
        const progress = client.push(result as Uint8Array);
        if (!progress.done || (scheme === "simple" && progress.scheme !== "simple"))
          throw new Error("the client is not content");
      },
    };
  });
}
