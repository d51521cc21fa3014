import { z } from 'zod';
import type { Command } from '../../inspector/contract.ts';

const name = z.string().min(1).max(200);
/** Of an actor: those of all above it are in it. */
const id = z.string().min(1).max(1_000);
const reason = z.string().trim().min(1, 'say why, in words').max(1000);

const command = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('resume'), reason, force: z.boolean().optional() }),
  z.strictObject({ do: z.literal('pause'), reason }),
  z.strictObject({ do: z.literal('plan'), invariant: name }),
  z.strictObject({
    do: z.literal('remedy'),
    invariant: name,
    remedy: z.enum(['EXPIRE', 'REPAIR', 'RESTART']).optional(),
  }),
  z.strictObject({ do: z.literal('fault'), fault: name }),
  z.strictObject({ do: z.literal('send'), actor: id, event: z.looseObject({ type: name }) }),
]);

/** A command as it was sent, or in words what is wrong with it. */
export function readCommand(sent: unknown): { readonly command: Command } | { readonly error: string } {
  const read = command.safeParse(sent);
  if (read.success) return { command: read.data };
  const words = read.error.issues.slice(0, 3).map(({ path, message }) => {
    const where = path.map(String).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  return { error: `The command is not understood. ${words.join('. ')}.` };
}
