import type { AnyStateMachine } from 'xstate';
import type { MachineView } from './contract/actors.ts';
import { machineView, signatureOf } from './machine-view.ts';

/** Machines known at most: an app may make a new one for every actor. */
const MOST = 500;

/** The machines that were seen, each drawn once: copies (`provide`, a factory's) are the same machine. */
export class MachineBook {
  readonly #ids = new WeakMap<object, string>();
  readonly #bySignature = new Map<string, string>();
  readonly #views = new Map<string, MachineView>();

  /** Id of the machine's view; other machines of the same id are numbered, `id#2`. `null` where too many are known. */
  idOf(machine: AnyStateMachine): string | null {
    const config: object = machine.config;
    const known = this.#ids.get(config);
    if (known !== undefined) return known;
    const signature = signatureOf(machine);
    const id = this.#bySignature.get(signature) ?? this.#enter(machine, signature);
    if (id !== null) this.#ids.set(config, id);
    return id;
  }

  views(): readonly MachineView[] {
    return [...this.#views.values()];
  }

  #enter(machine: AnyStateMachine, signature: string): string | null {
    if (this.#views.size >= MOST) return null;
    let id = machine.id;
    for (let n = 2; this.#views.has(id); n++) id = `${machine.id}#${n}`;
    this.#bySignature.set(signature, id);
    this.#views.set(id, { ...machineView(machine), id });
    return id;
  }
}
