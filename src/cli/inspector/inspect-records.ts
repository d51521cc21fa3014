import { CliError } from '../exit-codes.ts';
export async function inspectRecords(
  dir: string,
  _port: number | null,
  _show: (address: string) => Promise<void>,
): Promise<number> {
  throw new CliError(`${dir}: records are not read yet`);
}
