/** Something a person must know: what went wrong and why, what to do about it, and the exit code it ends with. */
export class Complaint extends Error {
  readonly exitCode: number;
  readonly advice: string;
  constructor(exitCode: number, what: string, advice: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'Complaint';
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
