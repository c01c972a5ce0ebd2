import { expect, test } from "vitest";
import { nx } from "./nx.ts";

test("a change of flv-tags runs its tests and those of what stands on it, and none below or beside", async () => {
  const file = "packages/flv-tags/src/index.ts";
  const listing = await nx("show", "projects", "--affected", `--files=${file}`, "--withTarget=test", "--json");
  const affected = JSON.parse(listing) as string[];
  expect(affected).toEqual(
    expect.arrayContaining(["@rtmp/flv-tags", "@rtmp/client", "@rtmp/server", "server", "@rtmp/workspace-laws"]),
  );
  for (const name of ["amf0", "handshake", "chunk", "reactor", "session"]) {
    expect(affected).not.toContain(`@rtmp/${name}`);
  }
}, 60_000);

test("a change of a page of docs runs the laws that hold it against the code", async () => {
  const file = "docs/bridge-protocol.md";
  const listing = await nx("show", "projects", "--affected", `--files=${file}`, "--withTarget=test", "--json");
  expect(JSON.parse(listing)).toEqual(["@rtmp/workspace-laws"]);
}, 60_000);
