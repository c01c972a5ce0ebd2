interface UserAgentHints {
  getHighEntropyValues(names: readonly string[]): Promise<{ readonly model?: string }>;
}

/** What people call the phone, as far as the browser tells it: its model, or else the system. Never rejects. */
export async function deviceName(): Promise<string> {
  const { userAgentData } = navigator as { readonly userAgentData?: UserAgentHints };
  const hints = await userAgentData?.getHighEntropyValues(["model"]).catch(() => undefined);
  const model = hints?.model ?? "";
  return model === "" ? systemOf(navigator.userAgent) : model;
}

/** Reads the system out of a user agent such as `Mozilla/5.0 (Linux; Android 10; K) …`. */
function systemOf(userAgent: string): string {
  const [, inside = ""] = /\(([^)]*)\)/.exec(userAgent) ?? [];
  const parts = inside.split(";").map((part) => part.trim());
  return parts.find((part) => part.startsWith("Android")) ?? parts.at(-1) ?? "";
}
