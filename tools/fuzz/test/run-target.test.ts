import { describe, expect, test } from "vitest";
import { faultOf, observe } from "../src/observation.ts";
import { checkOnce, inputOf, runTarget } from "../src/run-target.ts";
import { BrokenLaw } from "../src/target.ts";
import type { FuzzTarget } from "../src/target.ts";

const family = { name: "ToyError", codes: ["TOY_BAD"] };

class ToyError extends Error {
  override readonly name = "ToyError";
  readonly code: string = "TOY_BAD";
  readonly offset: number;

  constructor(offset: number) {
    super("bad");
    this.offset = offset;
  }
}

/** A target whose reader has the fault given. */
function toy(check: (input: Uint8Array) => readonly string[]): FuzzTarget {
  return {
    name: "toy",
    codes: family.codes,
    generate: (random) => random.bytes(random.int(0, 200)),
    check: (input) => ({ codes: check(input) }),
  };
}

const options = { seed: 9, seconds: 20, iterations: 3000 };

describe("a run", () => {
  test("counts what was thrown and passes when every law holds", async () => {
    const read = (input: Uint8Array): void => {
      const at = input.indexOf(0xff);
      if (at >= 0) throw new ToyError(at);
    };
    const target = toy((input) => {
      const { fault } = observe(() => read(input), family);
      return fault === undefined ? [] : [fault.code];
    });
    const { iterations, codes, failure } = await runTarget(target, options);
    expect(failure).toBeUndefined();
    expect(iterations).toBe(3000);
    expect(codes.get("TOY_BAD")).toBeGreaterThan(300);
  });

  test("finds a reader that lets a foreign error out, and shrinks the input to the byte that does it", async () => {
    const target = toy((input) => {
      observe(() => {
        if (input.includes(0xfe)) throw new TypeError("undefined is not a function");
      }, family);
      return [];
    });
    const { failure } = await runTarget(target, options);
    expect(failure?.law).toBe("foreign error TypeError");
    expect(failure?.input).toEqual(Uint8Array.of(0xfe));
  });

  test("names the iteration that makes the failing input again", async () => {
    const target = toy((input) => {
      if (input.length > 150 && input[0]! < 4) throw new BrokenLaw("toy", "small");
      return [];
    });
    const { failure } = await runTarget(target, options);
    expect(failure).toBeDefined();
    const { iteration = 0, originalSize } = failure ?? {};
    const input = inputOf(target, options.seed, iteration);
    expect(input.length).toBe(originalSize);
    await expect(checkOnce(target, input, options.seed, iteration)).rejects.toThrow("toy: small");
    const again = await runTarget(target, { ...options, from: iteration, iterations: 1 });
    expect(again.failure?.law).toBe("toy");
  });

  test("takes an input that computes too long every time for a broken law, and one that does so once not", async () => {
    let checks = 0;
    const slowOn = (isSlow: () => boolean): FuzzTarget =>
      toy(() => {
        checks++;
        if (isSlow()) computeFor(30);
        return [];
      });
    const slow = { ...options, iterations: 10, slowestCheckMs: 20 };
    expect(
      (
        await runTarget(
          slowOn(() => true),
          slow,
        )
      ).failure?.law,
    ).toBe("slow");
    checks = 0;
    expect(
      (
        await runTarget(
          slowOn(() => checks === 3),
          slow,
        )
      ).failure,
    ).toBeUndefined();
  });

  test("takes memory that grows and grows for a broken law", async () => {
    const kept: Uint8Array[] = [];
    const leaky = toy(() => {
      computeFor(2);
      if (kept.length < 150) kept.push(new Uint8Array(1_000_000));
      return [];
    });
    expect((await runTarget(leaky, { seed: 1, seconds: 1 })).failure?.law).toBe("memory grows");
    expect(
      (
        await runTarget(
          toy(() => []),
          { seed: 1, seconds: 0.2 },
        )
      ).failure,
    ).toBeUndefined();
  });
});

function computeFor(ms: number): void {
  const { user, system } = process.threadCpuUsage();
  for (;;) {
    const now = process.threadCpuUsage();
    if (now.user + now.system - user - system > ms * 1000) return;
  }
}

test("a code that the class does not list, and an offset that is no place, are foreign", () => {
  const unlisted = Object.assign(new ToyError(0), { code: "TOY_WORSE" });
  expect(() => faultOf(unlisted, family)).toThrow("foreign error");
  expect(() => faultOf(new ToyError(-1), family)).toThrow("bad offset");
  expect(faultOf(new ToyError(3), family)).toEqual({ code: "TOY_BAD", offset: 3 });
});
