import { ProgramProcess } from "@rtmp/app-kit/testing";
import type { PhoneLink } from "../src/links/phone-links.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const main = new URL("../src/main.ts", import.meta.url);

/** Where a bridge says that everything is. */
export interface BridgeListening {
  readonly port: number;
  readonly httpPort: number;
  readonly tcpPort?: number;
  readonly statusUrl: string;
  readonly links: readonly PhoneLink[];
}

/** The bridge itself, run from its sources as a child process, on ports that the system chooses. */
export class BridgeProcess extends ProgramProcess {
  readonly stateFolder: string;

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    stateFolder: string = temporaryFolder(),
  ) {
    const ports = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--status-port", "0"];
    super(main, [...ports, "--state-dir", stateFolder, ...args], environment);
    this.stateFolder = stateFolder;
  }

  /** Where everything is, as its JSON log says. */
  async listening(): Promise<BridgeListening> {
    const line = await this.line("phone bridge ready");
    return (JSON.parse(line) as { readonly listening: BridgeListening }).listening;
  }
}
