import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for configuration files that is gone when the test is over. */
export class ConfigurationFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "rtmp-server-"));

  /** Writes a file and says where it is. */
  write(name: string, content: string): string {
    const fileName = join(this.path, name);
    writeFileSync(fileName, content);
    return fileName;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
