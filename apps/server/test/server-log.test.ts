import { createLogger } from "@rtmp/app-kit";
import { expect, test } from "vitest";
import { clientFields, toServerLog } from "../src/log/server-log.ts";

test("what the library logs is passed on with its level and the client as one field", () => {
  let text = "";
  const logger = createLogger({ level: "debug", format: "json", sink: { write: (line) => void (text += line) } });
  const client = { connectionId: 7, remoteAddress: "::1", remotePort: 5000 };
  toServerLog(logger).error("hook failed", { ...client, stream: "live/a" });
  expect(JSON.parse(text)).toMatchObject({ level: "error", stream: "live/a", client: "[::1]:5000", connection: 7 });
});

test("a client is named by address and port", () => {
  const fields = clientFields({ connectionId: 7, remoteAddress: "192.0.2.1", remotePort: 5000 });
  expect(fields).toEqual({ client: "192.0.2.1:5000", connection: 7 });
});
