import { LoopGroup } from "../src/index.ts";

// A primary to be killed: prints one line when its loops are ready, and then lives until somebody ends it.
const group = new LoopGroup({ loops: 2, entry: new URL("./report-loop.ts", import.meta.url) });
await group.listen({ port: 0 });
console.log("ready");
