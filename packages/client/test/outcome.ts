/** What a promise that ought to reject rejects with, by the words that programs may compare. */
export async function rejection(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return describe(error);
  }
  throw new Error("it resolved");
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error };
  const { name } = error;
  const fields = error as Error & Record<"code" | "command" | "description", unknown>;
  const result: Record<string, unknown> = { name, code: fields.code };
  if (name === "RejectedError") Object.assign(result, { command: fields.command, description: fields.description });
  if (error.cause !== undefined) result["cause"] = (error.cause as { readonly code?: unknown }).code;
  return result;
}
