/** Which events a person may not send to an actor, and why. */

/** What goes past the ledger or the budgets is nobody's to send. */
const HEALERS: readonly string[] = ['healingOperator', 'architectureHealing'];
const REMEDIES: readonly string[] = ['EXPIRE', 'REPAIR', 'RESTART'];
/** They say that something lives: nobody says it for another (DESIGN §1.1). */
const LIVES: readonly string[] = ['TICK', 'TICKED', 'FEATURES', 'PROGRESS', 'VITALS', 'PROBE', 'PROBED', 'CHECK'];
/** They say what somebody has seen or done; invariants are judged on them, and proofs taken from them (DESIGN §1.2). */
const EVIDENCE: readonly string[] = [
  ...['FILE_SEEN', 'OPENED', 'CLOSED', 'REPAIRED', 'LOOKED', 'VERIFIED', 'DISK', 'ROUND_BEGUN', 'PIPELINE', 'WARMTH'],
  ...['SAVED', 'RECORDED', 'APPENDED', 'CARRIED_OVER', 'HISTORY', 'COMPARED', 'RECONCILED', 'ACCOUNT', 'BOOKED'],
  'MONEY_MOVED',
];

/** Why this event is not sent to this actor by hand; `null`: it may be. */
export function whyNotByHand(actor: string, type: string): string | null {
  if (HEALERS.includes(actor)) return `${actor} keeps the ledger; ask by pause, resume or remedy`;
  if (REMEDIES.includes(type))
    return `${type} is a remedy, and goes through the healer, its budget and its proof; ask for it by remedy`;
  if (LIVES.includes(type)) return `${type} says that something lives, and only the one who lives may say that`;
  if (EVIDENCE.includes(type)) return `${type} is evidence, and only the one who has seen it may give it`;
  return null;
}
