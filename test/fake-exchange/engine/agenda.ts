/** What is due when, on the exchange's clock. Nothing runs by itself: `run` does what is due. */
export class Agenda {
  #due: { readonly at: number; readonly name: string; readonly act: () => void }[] = [];

  /** One entry a name: a second replaces the first. */
  at(at: number, name: string, act: () => void): void {
    this.cancel(name);
    this.#due.push({ at, name, act });
    this.#due.sort((a, b) => a.at - b.at);
  }

  cancel(name: string): void {
    this.#due = this.#due.filter((entry) => entry.name !== name);
  }

  /** In the order of time; an act may add entries, which run too if they are due. */
  run(now: number): void {
    for (let first = this.#due[0]; first && first.at <= now; first = this.#due[0]) {
      this.#due.shift();
      first.act();
    }
  }
}
