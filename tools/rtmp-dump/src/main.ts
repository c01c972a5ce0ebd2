import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DirectionDump } from "./direction-dump.ts";
import { listen } from "./proxy.ts";

const USAGE = `node --conditions=@rtmp/source tools/rtmp-dump/src/main.ts <file>
node --conditions=@rtmp/source tools/rtmp-dump/src/main.ts --listen [host:]port --to [host:]port

Shows one captured direction of a connection, with or without its handshake, each line with the byte behind the message;
or sits between clients and a server. A host is 127.0.0.1 unless given. What is shown holds stream keys.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { listen: { type: "string" }, to: { type: "string" } },
});

const [file] = positionals;
const print = (line: string): void => console.log(line);
if (values.listen !== undefined && values.to !== undefined) listen(address(values.listen), address(values.to), print);
else if (file !== undefined) dumpFile(file);
else throw new TypeError(`what to show?\n\n${USAGE}`);

function dumpFile(path: string): void {
  const bytes = readFileSync(path);
  const dump = new DirectionDump((text) => print(`@${dump.received} ${text}`));
  for (let at = 0; at < bytes.length; at++) dump.push(bytes.subarray(at, at + 1)); // so that each message has its place
  dump.end();
}

function address(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  return { host: colon > 0 ? text.slice(0, colon) : "127.0.0.1", port: Number(text.slice(colon + 1)) };
}
