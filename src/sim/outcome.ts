import type { FaultKind } from './fault-kinds.ts';

/** What became of one fault: which component it met, in which state, and how it ended. */
export interface Meeting {
  readonly fault: FaultKind;
  /** Id of the component it struck, or that was first to suffer from it. */
  readonly component: string;
  /** Where that component's machine was when it was struck, as a path: `open`, `repairing.verifying`. */
  readonly state: string;
  /** healed: an incident ended resolved; safe: nothing broke; red: it stayed broken, was red, and somebody was told. */
  readonly verdict: 'healed' | 'safe' | 'red';
}

/** What a simulated life showed. The same for the same script, on any machine. */
export interface Outcome {
  readonly seed: number;
  /** What must not be; empty if all is well. The law that was broken, and what broke it. */
  readonly wrong: readonly { readonly law: string; readonly says: string }[];
  /** How often each kind struck. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly meetings: readonly Meeting[];
  readonly lives: number;
  readonly incidents: number;
  readonly signals: number;
  readonly fills: number;
  /** Bot's time that passed, ms. */
  readonly simulatedMs: number;
  /** SHA-256, hex, over everything that was decided: records of all logs, transitions of all machines, bytes of the disk at the end. */
  readonly trace: string;
}
