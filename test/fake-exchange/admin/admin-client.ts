import type { AdminCommand, AdminCommands } from './admin-commands.ts';

/** Asks an exchange in another process. Throws what its command threw. */
export async function ask<C extends AdminCommand>(
  adminUrl: string,
  command: C,
  ...args: Parameters<AdminCommands[C]>
): Promise<ReturnType<AdminCommands[C]>> {
  const response = await fetch(`${adminUrl}/${command}`, { method: 'POST', body: JSON.stringify(args) });
  const answer = (await response.json()) as { result: ReturnType<AdminCommands[C]> } | { error: string };
  if ('error' in answer) throw new Error(`the fake exchange did not ${command}: ${answer.error}`);
  return answer.result;
}
