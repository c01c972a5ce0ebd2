/** The same small use of a package in each of the three languages; `prints` is what the first two print. */
export interface Programs {
  readonly esModule: string;
  readonly commonJs: string;
  readonly typeScript: string;
  readonly prints: string;
}

const amf0Body = `console.log(JSON.stringify(decodeAll(encode("connect", 1, { app: "live" }))));`;

/** A round trip. The TypeScript one also proves that the types are more than `any`. */
export const amf0Programs: Programs = {
  esModule: `import { decodeAll, encode } from "@rtmp/amf0";\n${amf0Body}`,
  commonJs: `const { decodeAll, encode } = require("@rtmp/amf0");\n${amf0Body}`,
  typeScript: `
    import { type Amf0ErrorCode, type Amf0Value, decodeAll, encode } from "@rtmp/amf0";
    export const values: Amf0Value[] = decodeAll(encode("connect", 1, { app: "live" }));
    export const code: Amf0ErrorCode = "AMF0_TRUNCATED";
    // @ts-expect-error: a list is not a number
    export const wrong: number = decodeAll(encode("connect"));`,
  prints: `["connect",1,{"app":"live"}]`,
};

const serverBody = `
  const server = createRtmpServer({ port: 0 });
  server.on("listening", ({ host }) => console.log(host));
  server.listen().then(() => server.close());`;

/** A server that listens and closes. */
export const serverPrograms: Programs = {
  esModule: `import { createRtmpServer } from "@rtmp/server";\n${serverBody}`,
  commonJs: `const { createRtmpServer } = require("@rtmp/server");\n${serverBody}`,
  typeScript: `
    import { createRtmpServer, Rejection, type ServerStats } from "@rtmp/server";
    const server = createRtmpServer({
      port: 0,
      hooks: {
        onPublish({ streamKey }) {
          if (streamKey !== "camera") throw new Rejection("NetStream.Publish.BadName", "unknown stream key");
        },
      },
    });
    server.on("publish", ({ streamPath }) => streamPath.length);
    export const stats: Promise<ServerStats> = server.stats();
    // @ts-expect-error: a server does not take a port as a text
    createRtmpServer({ port: "1935" });`,
  prints: "127.0.0.1",
};

/** Prints, for each package named, whether both its builds export the same names. */
export function sameExports(names: readonly string[]): string {
  return `
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    for (const name of ${JSON.stringify(names)}) {
      const esModule = Object.keys(await import(name)).sort().join();
      const commonJs = Object.keys(require(name)).sort().join();
      console.log(name, esModule === commonJs && esModule !== "");
    }`;
}
