import { ProgramProcess } from "@rtmp/app-kit/testing";

const main = new URL("../src/main.ts", import.meta.url);

/** The server itself, run from its sources as a child process. */
export class ServerProcess extends ProgramProcess {
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    super(main, args, environment);
  }

  /** The port it says it listens on, in a JSON log. */
  async port(): Promise<number> {
    const entry = JSON.parse(await this.line("RTMP server ready")) as { readonly listening: { readonly port: number } };
    return entry.listening.port;
  }
}
