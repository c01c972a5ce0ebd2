// A loop that greets whoever is dealt to it, and can say what it has used.
import { runLoop } from "@rtmp/reactor";
import { greet } from "./greet.ts";

runLoop(() => ({ connection: greet, counters: () => process.cpuUsage() }));
